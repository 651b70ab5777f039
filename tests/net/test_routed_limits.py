"""Limits that differ by route, where the connection has begun with others."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.client import Client
from tests.conftest import Serve

PIECE = bytes(65_536)
WIDE = 256 * len(PIECE)
TURNS = 20


def test_the_mark_of_the_send_buffer(serving: Serve) -> None:
    """What fits before `send()` waits for who takes nothing; the share of the kernel is equal."""
    fitting: dict[str, int] = {}
    done = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        count, waits = 0, False
        while not waits:
            sending = asyncio.ensure_future(send({"type": "websocket.send", "bytes": PIECE}))
            for _ in range(TURNS):
                await asyncio.sleep(0)
            waits = not sending.done()
            count += not waits
        fitting[scope["path"]] = count
        sending.cancel()
        done.set()

    routes = [{"path": "/tight", "ws_write_limit": 1000}]
    with serving(app, lifespan="off", ws_write_limit=WIDE, routes=routes) as server:
        for path in ("/tight", "/wide"):
            with Client(server.connect()) as client:
                client.open_websocket(path)
                asyncio.run_coroutine_threadsafe(done.wait(), server.loop).result(20)
                done.clear()
    assert fitting["/wide"] - fitting["/tight"] > WIDE // len(PIECE) // 2
