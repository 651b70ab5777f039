"""Answers each message with its size, and keeps none: a name for it would hold the last one."""

from __future__ import annotations

from wsgate.asgi.types import Message, Receive, Scope, Send


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        for phase in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{phase}.complete"})
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (size := size_of(await receive())) is not None:
        await send({"type": "websocket.send", "text": str(size)})


def size_of(message: Message) -> int | None:
    if message["type"] != "websocket.receive":
        return None
    return len(message.get("text") or message.get("bytes") or b"")
