"""The test server itself, with a client that others wrote, on every path."""

from __future__ import annotations

from typing import Any

from websockets.sync.client import connect

from tests.conftest import Serve


async def echo(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] != "websocket":
        raise NotImplementedError(scope["type"])
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({**message, "type": "websocket.send"})


def test_echo_on_every_path(serving: Serve) -> None:
    with serving(echo) as server, connect(server.ws_url, compression=None) as client:
        client.send("text")
        assert client.recv() == "text"
        client.send(b"binary")
        assert client.recv() == b"binary"
        client.close(4001, "bye")
        assert (client.close_code, client.close_reason) == (4001, "bye")
