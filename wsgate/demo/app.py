"""What the server calls: one coroutine for every http, websocket and lifespan scope."""

import contextlib
from collections.abc import Awaitable

from wsgate.asgi.types import Receive, Scope, Send
from wsgate.demo import pages, session
from wsgate.demo.room import Room


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """The chat as an ASGI 3.0 application."""
    match scope["type"]:
        case "lifespan":
            await lifespan(scope, receive, send)
        case "http":
            await until_gone(pages.serve(scope, send))
        case "websocket":
            await until_gone(session.serve(scope, receive, send))
        case unknown:
            raise NotImplementedError(f"the chat does not speak {unknown}")


async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    """Make the room at start-up; the server passes it to every scope in ``scope["state"]``."""
    await receive()  # lifespan.startup
    scope["state"]["room"] = Room()
    await send({"type": "lifespan.startup.complete"})
    await receive()  # lifespan.shutdown: the server has closed every websocket by now
    await send({"type": "lifespan.shutdown.complete"})


async def until_gone(service: Awaitable[None]) -> None:
    """Serve a client until it leaves: from then on ``send()`` raises an OSError."""
    with contextlib.suppress(OSError):
        await service
