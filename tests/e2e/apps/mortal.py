"""An application that says what happens to it, and does not always do as it is told."""

from __future__ import annotations

import asyncio
from typing import Any


def say(what: str) -> None:
    print(f"app: {what}", flush=True)


async def swallow() -> None:
    """Go on, whoever cancels."""
    while True:
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            say("cancelled, and goes on")


async def work() -> None:
    """A task of the application's own."""
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        say("background task cancelled")


async def lifespan(receive: Any, send: Any) -> None:
    await receive()
    background = asyncio.ensure_future(work())
    await send({"type": "lifespan.startup.complete"})
    await receive()
    say("shutdown")
    await send({"type": "lifespan.shutdown.complete"})
    await background


async def websocket(path: str, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    if path == "/swallow":
        await swallow()
    while (message := await receive())["type"] == "websocket.receive":
        await send({**message, "type": "websocket.send"})
    say(f"disconnect {message['code']}")


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
    elif scope["type"] == "websocket":
        await websocket(scope["path"], receive, send)
    else:
        say(f"request {scope['path']}")
        if scope["path"] == "/swallow":
            await swallow()
        # A request whose body says when to answer.
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"done"})


async def stuck(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Never starts."""
    await receive()
    say("starting")
    await asyncio.get_running_loop().create_future()


async def failing(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Refuses to start."""
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no database"})
