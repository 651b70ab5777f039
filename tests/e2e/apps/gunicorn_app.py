"""An application that tells which process it runs in and who asks, and worker classes for it."""

from __future__ import annotations

import asyncio
import os
import threading
from typing import Any

from wsgate.gunicorn import Worker


class NamedWorker(Worker):
    """With a setting of our own."""

    options = {"headers": ["X-Name: value"]}


class WrongWorker(Worker):
    """With a setting that no server can have."""

    options = {"ws_max_size": 0}


async def tick() -> None:
    while True:
        await asyncio.sleep(1)
        print("app: a second", flush=True)


async def lifespan(receive: Any, send: Any) -> None:
    ticking = asyncio.ensure_future(tick())
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    ticking.cancel()
    await send({"type": "lifespan.shutdown.complete"})


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
        return
    if scope["path"] == "/block":
        threading.Event().wait()
    body = f"{os.getpid()} {scope['client'][0]}".encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
