"""The application behind each server: it notes what it sees of each connection, and tells it.

It knows a connection by the client's port. `GET /calls` gives all, by port, as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

CALLS: dict[int, list[dict[str, Any]]] = {}

BROKEN_STARTS: dict[str, Message] = {
    "/line-end-in-value": {"status": 200, "headers": [(b"x", b"y\r\n\r\nHTTP/1.1 200 injected")]},
    "/switching": {
        "status": 101,
        "headers": [(b"upgrade", b"websocket"), (b"connection", b"Upgrade")],
    },
}
"""Responses that no server may let through."""


async def app(scope: Message, receive: Receive, send: Send) -> None:
    """Answer requests, accept websockets but at /refuse, and note both."""
    if scope["type"] == "lifespan":
        raise NotImplementedError("there is no lifespan")
    if scope["path"] == "/calls":
        await _answer(send, json.dumps(CALLS).encode())
        return
    call = _note(scope)
    if scope["type"] == "websocket":
        call["complete"] = True
        await receive()
        refuses = scope["path"] == "/refuse"
        await send({"type": "websocket.close" if refuses else "websocket.accept"})
        return
    if await _read(call, receive):
        call["complete"] = True
        await _answer(send, b"answered", _start(scope["path"]))


def _note(scope: Message) -> dict[str, Any]:
    query = scope["query_string"].decode("latin-1")
    fields = [(name.decode("latin-1"), value) for name, value in scope["headers"]]
    call = {
        "method": scope.get("method", "WEBSOCKET"),
        "target": f"{scope['path']}?{query}" if query else scope["path"],
        "host": ",".join(value.decode("latin-1") for name, value in fields if name == "host"),
        "body": "",
        "names": sorted({name for name, _ in fields}),
        "complete": False,
    }
    CALLS.setdefault(scope["client"][1], []).append(call)
    return call


async def _read(call: dict[str, Any], receive: Receive) -> bool:
    """Read the whole body; tell whether its end has come."""
    while (message := await receive())["type"] == "http.request":
        call["body"] += message.get("body", b"").decode("latin-1")
        if not message.get("more_body"):
            return True
    return False


def _start(path: str) -> Message:
    """Begin the response that a path asks for: a broken one, a status, or 200."""
    _, _, status = path.partition("/status/")
    return BROKEN_STARTS.get(path) or {"status": int(status or 200), "headers": []}


async def _answer(send: Send, body: bytes, start: Message | None = None) -> None:
    start = start or {"status": 200, "headers": []}
    length = [(b"content-length", b"%d" % len(body))] if start["status"] >= 200 else []
    headers = [*start["headers"], *length]
    await send({**start, "type": "http.response.start", "headers": headers})
    await send({"type": "http.response.body", "body": body})
