"""An application that lets its peers wait, or is let wait by them; what it is told, it prints.

The path says what it does. A request for /go lets those go on that wait for that.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from typing import Any

import wsgate
from tests.e2e.apps.crew import lifespan
from tests.e2e.apps.tasks import hasty, leaving, speaking

Scope = dict[str, Any]
Act = Callable[[Any, Any], Awaitable[None]]

PIECE = bytes(65_536)
NOISE = os.urandom(65_536)
"""What cannot be compressed."""


class Gate:
    """Closed until somebody asks for /go."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []

    async def wait(self) -> None:
        self._waiting.append(asyncio.get_running_loop().create_future())
        await self._waiting[-1]

    def open(self) -> None:
        for each in self._waiting:
            each.set_result(None)
        self._waiting.clear()


gate = Gate()
room: list[asyncio.Queue[bytes]] = []
"""What is to be said to each who is in it; a request for /say says something to all."""


def tell(path: str, what: object) -> None:
    print(f"{path}: {what}", flush=True)


def tell_end(path: str, message: dict[str, Any]) -> None:
    cause, initiator = message["wsgate.cause"], message["wsgate.initiator"]
    tell(path, f"{message['code']} {cause} by the {initiator}")


async def to_the_end(receive: Any) -> dict[str, Any]:
    """Take what comes; give the disconnect."""
    while (message := await receive())["type"] == "websocket.receive":
        pass
    return dict(message)


async def answer(send: Any, body: bytes) -> None:
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": body})


async def take_body(path: str, receive: Any, send: Any) -> None:
    """Take a request's body and answer with its size; /held-back takes it when the gate opens."""
    if path == "/held-back":
        tell(path, "waits")
        await gate.wait()
    if path == "/answered":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            tell(path, "http.disconnect")
            return
        size += len(message["body"])
        more = message["more_body"]
    await answer(send, str(size).encode())


async def pour(path: str, send: Any, start: dict[str, Any], piece: dict[str, Any]) -> None:
    """Send until the peer is gone."""
    await send(start)
    try:
        while True:
            await send(piece)
    except wsgate.Disconnected:
        tell(path, "Disconnected")


async def http(path: str, receive: Any, send: Any) -> None:
    if path == "/big":
        piece = {"type": "http.response.body", "body": PIECE, "more_body": True}
        await pour(path, send, {"type": "http.response.start", "status": 200}, piece)
    elif path.startswith("/clock/"):
        jumped = float(path.removeprefix("/clock/"))
        time.time = lambda: jumped
        await answer(send, b"")
    elif path == "/go":
        gate.open()
        await answer(send, b"")
    elif path == "/say":
        for number in range(20):
            for queue in room:
                queue.put_nowait(str(number).encode())
        await answer(send, b"")
    else:
        await take_body(path, receive, send)


async def silent(receive: Any, send: Any) -> None:
    """Answer the handshake too late."""
    tell_end("/silent", await receive())
    await send({"type": "websocket.accept"})
    tell_end("/silent, again", await receive())


async def sleepy(receive: Any, send: Any) -> None:
    """Hold up the event loop, and answer the handshake some turns later."""
    time.sleep(0.5)
    for _ in range(3):
        await asyncio.sleep(0)
    await accepting(receive, send)


async def denying(receive: Any, send: Any) -> None:
    """Begin with a denial response, and leave it so."""
    await send({"type": "websocket.http.response.start", "status": 401, "headers": []})
    body = {"type": "websocket.http.response.body", "body": b"no", "more_body": True}
    await send(body)
    tell_end("/denying", await receive())
    try:
        await send(body)
    except wsgate.Disconnected:
        tell("/denying", "Disconnected")


async def late(receive: Any, send: Any) -> None:
    """Accept when the gate opens."""
    tell("/late", "waits")
    await gate.wait()
    await send({"type": "websocket.accept"})
    tell_end("/late", await to_the_end(receive))


async def deaf(receive: Any, send: Any) -> None:
    """Take nothing until the gate opens."""
    await send({"type": "websocket.accept"})
    await gate.wait()
    size = 0
    while (message := await receive())["type"] == "websocket.receive":
        size += len(message["bytes"])
    tell("/deaf", f"{size} bytes")


def pouring(path: str, piece: bytes = PIECE) -> Act:
    """Send without end to who may not read."""

    async def act(receive: Any, send: Any) -> None:
        message = {"type": "websocket.send", "bytes": piece}
        await pour(path, send, {"type": "websocket.accept"}, message)
        tell_end(path, await to_the_end(receive))

    return act


async def blocking(receive: Any, send: Any) -> None:
    """Hold up the event loop for as many seconds as a message says, and echo it."""
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        if message["text"] != "0":
            tell("/blocking", "blocks")
            time.sleep(float(message["text"]))
        await send({"type": "websocket.send", "text": message["text"]})


async def accepting(receive: Any, send: Any) -> None:
    """Wait for the end."""
    await send({"type": "websocket.accept"})
    tell_end("/accepting", await to_the_end(receive))


def counting(path: str) -> Act:
    """Tell how many messages came."""

    async def act(receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})
        count = 0
        while (message := await receive())["type"] == "websocket.receive":
            count += 1
        tell(path, f"{count} messages")
        tell_end(path, message)

    return act


async def echoing(receive: Any, send: Any) -> None:
    """Echo each message."""
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({**message, "type": "websocket.send"})


async def taking_part(receive: Any, send: Any) -> None:
    """Be in the room."""
    await send({"type": "websocket.accept"})
    await member(receive, send, [])


async def stalled(receive: Any, send: Any) -> None:
    """Be in the room, and have much to read before."""
    await send({"type": "websocket.accept"})
    await member(receive, send, [PIECE] * 256)
    tell("/room/stalled", "left")


async def member(receive: Any, send: Any, first: list[bytes]) -> None:
    queue: asyncio.Queue[bytes] = asyncio.Queue()

    async def pump() -> None:
        for each in first:
            await send({"type": "websocket.send", "bytes": each})
        while True:
            await send({"type": "websocket.send", "bytes": await queue.get()})

    room.append(queue)
    pumping = asyncio.create_task(pump())
    await to_the_end(receive)
    room.remove(queue)
    pumping.cancel()
    await asyncio.gather(pumping, return_exceptions=True)


WEBSOCKETS: dict[str, Act] = {
    "/silent": silent,
    "/sleepy": sleepy,
    "/denying": denying,
    "/late": late,
    "/deaf": deaf,
    "/pouring": pouring("/pouring"),
    "/stuck": pouring("/stuck"),
    "/greedy": pouring("/greedy", NOISE),
    "/room": taking_part,
    "/room/stalled": stalled,
    "/messages": counting("/messages"),
    "/bytes": counting("/bytes"),
    "/pings": counting("/pings"),
    "/throttled": echoing,
    "/held": echoing,
    "/hasty": hasty,
    "/leaving": leaving,
    "/speaking": speaking,
    "/blocking": blocking,
    "/patient": blocking,
}


async def app(scope: Scope, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
    elif scope["type"] == "http":
        await http(scope["path"], receive, send)
    else:
        await receive()
        await WEBSOCKETS.get(scope["path"], accepting)(receive, send)
