"""An application whose calls do not end."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from tests.e2e.apps.crew import lifespan


async def swallow() -> None:
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            print("app: cancelled, and goes on", flush=True)


async def websocket(receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    message = await receive()
    print(f"app: {message['code']} {message['wsgate.cause']}", flush=True)
    await swallow()


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
        return
    if scope["type"] == "websocket":
        await websocket(receive, send)
    print(f"app: {scope['path']} begins", flush=True)
    if scope["path"] == "/thread":
        await asyncio.to_thread(threading.Event().wait)
    await swallow()


async def unending(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Starts, and never stops."""
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await swallow()
