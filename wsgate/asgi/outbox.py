"""What an application sends on a compressed WebSocket: in order, and off the loop where it is long.

A large message takes milliseconds to compress, and the loop has others to serve. It is compressed
in a thread, and what is sent meanwhile waits in a line. A compressor remembers each message, so
one that was begun always leaves, also where the `send()` that brought it was cancelled.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor

from wsgate.asgi.types import Fields, Writer
from wsgate.asgi.waiters import Wait
from wsgate.asgi.websocket_messages import GONE, frame_of
from wsgate.errors import Disconnected
from wsgate.websocket.connection import CLOSED, Connection
from wsgate.websocket.frames import Frame


class Sending:
    """A `send()` in line.

    errors: what it has to raise, which takes that away from here: an exception holds the frames
    that it went through, and would be held by one of them.
    """

    __slots__ = ("ended", "errors", "message")

    def __init__(self, message: Fields, loop: asyncio.AbstractEventLoop) -> None:
        self.message = message
        self.ended: asyncio.Future[None] = loop.create_future()
        self.errors: list[Exception] = []

    def end(self, error: Exception | None) -> None:
        """Let it go on, where it was not cancelled."""
        if not self.ended.done():
            if error is not None:
                self.errors.append(error)
            self.ended.set_result(None)


class Outbox:
    """The line of messages to be compressed and sent; who is `busy` takes all that is sent.

    The first in line is the one that was begun; who takes it out of `_begun` compresses it.
    """

    __slots__ = ("_begun", "_core", "_executor", "_line", "_loop", "_then", "_writer")

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
        self._line: deque[Sending] = deque()
        self._begun: list[Fields] = []
        self._then: Callable[[], None] | None = None

    @property
    def busy(self) -> bool:
        """Whether a message is being compressed, or waits for that."""
        return bool(self._line)

    def then(self, action: Callable[[], None]) -> None:
        """Have our Close said behind the messages in line; none is taken any more."""
        self._then = action

    async def send(self, message: Fields) -> None:
        """Write the frame of `websocket.send` in its turn; raises as `frame_of` does."""
        if self._then is not None:
            raise Disconnected(GONE)
        sending = Sending(message, self._loop)
        self._line.append(sending)
        if len(self._line) == 1:
            self._begin()
        await Wait(sending.ended)
        if sending.errors:
            raise sending.errors.pop()
        if self._core.state is CLOSED:
            raise Disconnected(GONE)

    def _begin(self) -> None:
        """Have the first in line compressed."""
        self._begun.append(self._line[0].message)
        try:
            self._executor.submit(self._compress)
        except RuntimeError:
            # No thread can be started. The call may stay with the executor for a later one, and
            # an older one may have it already: one of them finds the message.
            self._compress()

    def _compress(self) -> None:
        """Make the frame of the message that was begun; in a thread."""
        try:
            message = self._begun.pop()
        except IndexError:
            return
        try:
            frame = frame_of(self._core, message)
        except Exception as error:
            self._loop.call_soon_threadsafe(self._ended, error)
        else:
            self._loop.call_soon_threadsafe(self._compressed, frame)

    def _compressed(self, frame: Frame) -> None:
        self._writer.write(frame)
        self._ended(None)

    def _ended(self, error: Exception | None) -> None:
        """Go on with who is next, or with our Close."""
        line = self._line
        line.popleft().end(error)
        while line and line[0].ended.done():  # by cancellation
            line.popleft()
        if line:
            self._begin()
        elif self._then is not None:
            action, self._then = self._then, None
            action()
