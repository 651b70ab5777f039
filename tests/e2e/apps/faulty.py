"""An application with bugs: the path says which."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.e2e.apps.crew import lifespan

WRONG: tuple[Any, ...] = (
    None,
    "websocket.send",
    {},
    {"text": "no type"},
    {"type": "websocket.receive", "text": "a"},
    {"type": "websocket.sned", "text": "a"},
    {"type": "http.response.start", "status": 200},
    {"type": "websocket.accept"},
    {"type": "websocket.send"},
    {"type": "websocket.send", "text": None, "bytes": None},
    {"type": "websocket.send", "text": "a", "bytes": b"a"},
    {"type": "websocket.send", "text": b"a"},
    {"type": "websocket.send", "text": 1},
    {"type": "websocket.send", "text": "\ud800"},
    {"type": "websocket.send", "bytes": "a"},
    {"type": "websocket.send", "bytes": 1},
    {"type": "websocket.close", "code": 1005},
    {"type": "websocket.close", "code": 999},
    {"type": "websocket.close", "code": "1000"},
    {"type": "websocket.close", "reason": b"a"},
)
"""What no application may send once the websocket is open; by /wrong/INDEX."""


class OnPurposeError(Exception):
    """Raised on purpose."""


async def http(path: str, send: Any) -> None:
    if path == "/raise":
        raise OnPurposeError
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": b"lives"})


async def before_accept(path: str, send: Any) -> bool:
    """Do what the path says instead of an accept; give whether that was to be."""
    if path == "/raise-before":
        raise OnPurposeError
    if path == "/close-before":
        await send({"type": "websocket.close", "code": 4000})
    elif path == "/deny":
        headers = [(b"x-why", b"members only")]
        await send({"type": "websocket.http.response.start", "status": 401, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": b"go away"})
    return path in {"/close-before", "/deny", "/return-before"}


async def websocket(path: str, receive: Any, send: Any) -> None:
    await receive()
    if await before_accept(path, send):
        return
    await send({"type": "websocket.accept"})
    if path == "/raise-after":
        raise OnPurposeError
    if path.startswith("/wrong/"):
        await send(WRONG[int(path.removeprefix("/wrong/"))])


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
    elif scope["type"] == "http":
        await http(scope["path"], send)
    else:
        await websocket(scope["path"], receive, send)


async def hanging(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Starts, and never ends."""
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await asyncio.get_running_loop().create_future()
