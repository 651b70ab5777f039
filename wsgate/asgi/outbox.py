"""What an application sends on a compressed WebSocket: in order, and off the loop where it is long.

A large message takes milliseconds to compress, and the loop has others to serve. It is compressed
in a thread, and what is sent meanwhile waits in a line. A compressor remembers each message, so
one that was begun always leaves, also where the `send()` that brought it was cancelled.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from wsgate.asgi.types import Message, Writer
from wsgate.asgi.websocket_messages import frame_of
from wsgate.websocket.connection import Connection

OFF_LOOP: Final = 65_536
"""Bytes, or characters, of a message from which on it is compressed in a thread."""


class Outbox:
    """The line of messages to be compressed and sent."""

    __slots__ = ("_core", "_in_line", "_line", "_loop", "_then", "_writer")

    def __init__(self, core: Connection, writer: Writer, loop: asyncio.AbstractEventLoop) -> None:
        self._core = core
        self._writer = writer
        self._loop = loop
        self._line = asyncio.Lock()
        self._in_line = 0
        self._then: Callable[[], None] | None = None

    @property
    def busy(self) -> bool:
        """Whether a message is being compressed."""
        return self._line.locked()

    def then(self, action: Callable[[], None]) -> None:
        """Have something done once the message that is being compressed has been written."""
        self._then = action

    async def send(self, message: Message) -> None:
        """Write the frame of `websocket.send`; raises as `frame_of` does."""
        if not self._in_line and not is_long(message):
            self._writer.write(frame_of(self._core, message))
            return
        self._in_line += 1
        try:
            await self._line.acquire()
        except asyncio.CancelledError:
            self._in_line -= 1
            raise
        job = self._loop.run_in_executor(None, frame_of, self._core, message)
        job.add_done_callback(self._encoded)
        await asyncio.shield(job)

    def _encoded(self, job: asyncio.Future[bytes]) -> None:
        if not job.cancelled() and job.exception() is None:
            self._writer.write(job.result())
        self._in_line -= 1
        self._line.release()
        if self._then is not None:
            action, self._then = self._then, None
            action()


def is_long(message: Message) -> bool:
    """Whether a `websocket.send`, well-formed or not, is to be compressed in a thread."""
    payload = message.get("text") or message.get("bytes")
    return isinstance(payload, (str, bytes, bytearray, memoryview)) and len(payload) >= OFF_LOOP
