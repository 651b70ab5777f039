"""What the ASGI servers serve: the same application, by itself and through two frameworks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_room: dict[Receive, Send] = {}


async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Echo; to everybody under /broadcast. The body of a plain response is the path."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await (_broadcast if scope["path"] == "/broadcast" else _echo)(receive, send)
    elif scope["type"] == "http":
        body = scope["path"].encode()
        headers = [(b"content-length", b"%d" % len(body)), (b"content-type", b"text/plain")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})
    else:
        await _lifespan(receive, send)


async def _echo(receive: Receive, send: Send) -> None:
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


async def _broadcast(receive: Receive, send: Send) -> None:
    _room[receive] = send
    try:
        while (message := await receive())["type"] == "websocket.receive":
            delivery = {"type": "websocket.send", "text": message["text"]}
            for deliver in list(_room.values()):
                await deliver(delivery)
    finally:
        del _room[receive]


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
