"""What an application sends on a compressed WebSocket: in order, and off the loop where it is long.

A large message takes milliseconds to compress, and the loop has others to serve. It is compressed
in a thread, and what is sent meanwhile waits in a line. A compressor remembers each message, so
one that was begun always leaves, also where the `send()` that brought it was cancelled.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor

from wsgate.asgi.types import Message, Writer
from wsgate.asgi.websocket_messages import GONE, frame_of
from wsgate.errors import Disconnected
from wsgate.websocket.connection import Connection, State


class Outbox:
    """The line of messages to be compressed and sent; who is `busy` takes all that is sent."""

    __slots__ = ("_core", "_executor", "_in_line", "_line", "_loop", "_then", "_writer")

    def __init__(
        self,
        core: Connection,
        writer: Writer,
        loop: asyncio.AbstractEventLoop,
        executor: Executor,
    ) -> None:
        self._core = core
        self._writer = writer
        self._loop = loop
        self._executor = executor
        self._line: asyncio.Lock | None = None
        self._in_line = 0
        self._then: Callable[[], None] | None = None

    @property
    def busy(self) -> bool:
        """Whether a message is being compressed, or waits for that."""
        return self._in_line > 0

    def then(self, action: Callable[[], None]) -> None:
        """Have our Close said behind the messages in line; none is taken any more."""
        self._then = action

    async def send(self, message: Message) -> None:
        """Write the frame of `websocket.send` in its turn; raises as `frame_of` does."""
        if self._then is not None:
            raise Disconnected(GONE)
        self._in_line += 1
        if self._line is None:
            self._line = asyncio.Lock()
        try:
            await self._line.acquire()
        except asyncio.CancelledError:
            self._leave()
            raise
        await asyncio.shield(self._encode(message))
        if self._core.state is State.CLOSED:
            raise Disconnected(GONE)

    def _encode(self, message: Message) -> asyncio.Future[bytes]:
        """Begin; who awaits the result keeps no name for it, or a failure would be a cycle."""
        job = self._loop.run_in_executor(self._executor, frame_of, self._core, message)
        job.add_done_callback(self._encoded)
        return job

    def _encoded(self, job: asyncio.Future[bytes]) -> None:
        if job.exception() is None:
            self._writer.write(job.result())
        assert self._line is not None
        self._line.release()
        self._leave()

    def _leave(self) -> None:
        self._in_line -= 1
        if not self._in_line and self._then is not None:
            action, self._then = self._then, None
            action()
