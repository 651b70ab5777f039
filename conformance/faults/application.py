"""What is served: echoes, a room, a flood, and counts of the process that serves.

``/echo`` gives text back, ``/sizes`` the length of each message. ``/flood`` sends as fast as
`send()` lets it, and ``/room`` what is said to all; ``/room/flood`` does both. Over HTTP,
``/counts`` gives `Counts` as JSON, and all else the body of the request.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import time
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

FLOOD = 256
"""Messages of a flood, 64 KiB each."""

SPOKEN_EVERY = 0.25
"""Seconds between two messages to the room: each is the time, in ns of the monotonic clock."""

WAITING = 64
"""Messages to the room that wait for one of its members; more are not kept."""

_members: dict[Receive, asyncio.Queue[str]] = {}
_open: set[Receive] = set()


class Counts(NamedTuple):
    """What a serving process has: file descriptors; tasks and timers of its event loop; objects.

    objects: that the garbage collector knows, after it has run. open: calls for websockets.
    """

    descriptors: int
    tasks: int
    timers: int
    objects: int
    open: int


def count() -> Counts:
    """Count, and leave no garbage behind."""
    gc.collect()
    known = gc.get_objects()
    timers = sum(type(each).__name__ == "TimerHandle" for each in known)
    descriptors = len(os.listdir("/proc/self/fd"))
    return Counts(descriptors, len(asyncio.all_tasks()), timers, len(known), len(_open))


async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Serve."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http":
        await _answer(scope["path"], receive, send)
    else:
        _open.add(receive)
        try:
            await _talk(scope["path"], receive, send)
        except OSError:
            pass  # the peer has left while we sent
        finally:
            _open.discard(receive)


async def _lifespan(receive: Receive, send: Send) -> None:
    speaker = asyncio.ensure_future(_speak())
    while (message := await receive())["type"] != "lifespan.shutdown":
        await send({"type": f"{message['type']}.complete"})
    speaker.cancel()
    await send({"type": "lifespan.shutdown.complete"})


async def _answer(path: str, receive: Receive, send: Send) -> None:
    body, more = b"", True
    while more and (message := await receive())["type"] == "http.request":
        body, more = body + message.get("body", b""), message.get("more_body", False)
    if path == "/counts":
        body = json.dumps(count()._asdict()).encode()
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _talk(path: str, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    if path.endswith("/flood"):
        for _ in range(FLOOD):
            await send({"type": "websocket.send", "bytes": bytes(1 << 16)})
    if path.startswith("/room"):
        await _listen(receive, send)
        return
    while (message := await receive())["type"] == "websocket.receive":
        text = message.get("text")
        data: str | bytes = message["bytes"] if text is None else text
        reply = str(len(data)) if path == "/sizes" else data
        kind = "text" if isinstance(reply, str) else "bytes"
        await send({"type": "websocket.send", kind: reply})


async def _listen(receive: Receive, send: Send) -> None:
    """Give a member what is said, in a task of its own, until it leaves."""
    queue = _members[receive] = asyncio.Queue(WAITING)
    giving = asyncio.ensure_future(_give(queue, send))
    try:
        while (await receive())["type"] == "websocket.receive":
            pass
    finally:
        del _members[receive]
        giving.cancel()


async def _give(queue: asyncio.Queue[str], send: Send) -> None:
    try:
        while True:
            await send({"type": "websocket.send", "text": await queue.get()})
    except OSError:
        pass  # it leaves, and its disconnect is on the way


async def _speak() -> None:
    while True:
        await asyncio.sleep(SPOKEN_EVERY)
        for queue in _members.values():
            if not queue.full():
                queue.put_nowait(str(time.monotonic_ns()))
