"""An application that says what it sees, tries what it should not, and echoes."""

from __future__ import annotations

import asyncio
import gc
import json
from typing import Any

import wsgate
from tests.e2e.apps.crew import lifespan

SPLIT = b"a\r\nX-Injected: yes"
WRONG: dict[str, dict[str, Any]] = {
    "/split": {"type": "http.response.start", "status": 200, "headers": [(b"x-a", SPLIT)]},
    "/split-name": {"type": "http.response.start", "status": 200, "headers": [(SPLIT, b"a")]},
    "/switching": {"type": "http.response.start", "status": 101},
    "/deny/split": {
        "type": "websocket.http.response.start",
        "status": 403,
        "headers": [(b"x-a", SPLIT)],
    },
    "/accept/split": {"type": "websocket.accept", "headers": [(b"x-a", SPLIT)]},
    "/accept/subprotocol": {"type": "websocket.accept", "subprotocol": "a\r\nX-Injected: yes"},
    "/reason/bytes": {"type": "websocket.close", "reason": b"bytes"},
    "/reason/number": {"type": "websocket.close", "reason": 4711},
}
"""By path: a message that an application must not send; what is raised, it takes."""

seen: list[str] = []
"""The targets of all requests."""

poured = 0


def view(scope: dict[str, Any]) -> dict[str, Any]:
    """What a scope says, as JSON has it."""
    headers = [
        [name.decode("latin-1"), value.decode("latin-1")] for name, value in scope["headers"]
    ]
    path, scheme = scope["path"], scope["scheme"]
    return {"path": path, "scheme": scheme, "headers": headers, "tasks": len(asyncio.all_tasks())}


def garbage() -> list[Any]:
    """Objects of the server that nothing refers to but a circle of them; they are let go."""
    gc.set_debug(gc.DEBUG_SAVEALL)
    gc.collect()
    gc.set_debug(0)
    found = [each for each in gc.garbage if str(type(each).__module__).startswith("wsgate.")]
    gc.garbage.clear()
    return found


async def take_body(receive: Any) -> None:
    while (message := await receive()).get("more_body"):
        pass
    assert message["type"] in {"http.request", "http.disconnect"}


async def http(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await take_body(receive)
    status, body = 200, json.dumps(view(scope)).encode()
    if scope["path"] == "/seen":
        body = json.dumps(seen).encode()
    elif scope["path"] == "/poured":
        body = str(poured).encode()
    elif scope["path"] == "/garbage":
        body = str(len(garbage())).encode()
    elif scope["path"] == "/objects":
        gc.collect()
        body = str(len(gc.get_objects())).encode()
    elif scope["path"] in WRONG:
        try:
            await send(WRONG[scope["path"]])
        except RuntimeError:
            status = 500
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": status, "headers": [length]})
    await send({"type": "http.response.body", "body": body})


async def write_diary(receive: Any) -> None:
    while (message := await receive())["type"] == "websocket.receive":
        print(f"diary: got {message['text']}", flush=True)
    print(f"diary: {message['code']} {message['wsgate.cause']}", flush=True)


async def pour(send: Any) -> None:
    global poured
    while True:
        await send({"type": "websocket.send", "bytes": bytes(65_536)})
        poured += 65_536


async def websocket(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await receive()
    path = scope["path"]
    if path in WRONG and not path.startswith("/reason/"):
        try:
            await send(WRONG[path])
        except RuntimeError:
            await send({"type": "websocket.close"})
        return
    await send({"type": "websocket.accept"})
    if path == "/pour":
        await pour(send)
    if path in WRONG:
        try:
            await send(WRONG[path])
        except (RuntimeError, TypeError):
            await send({"type": "websocket.close", "code": 4000, "reason": "it was refused"})
        return
    if path == "/diary":
        await write_diary(receive)
        return
    if path == "/view":
        await send({"type": "websocket.send", "text": json.dumps(view(scope))})
    while (message := await receive())["type"] == "websocket.receive":
        if path == "/size":
            message = {"text": str(len(message["bytes"]))}
        await send({**message, "type": "websocket.send"})


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
        return
    seen.append(scope["path"])
    try:
        await (http if scope["type"] == "http" else websocket)(scope, receive, send)
    except wsgate.Disconnected:
        pass
