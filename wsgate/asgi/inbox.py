"""What has arrived on a WebSocket and waits for its application, within bounds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, NamedTuple

from wsgate.asgi.arrival import Arrival
from wsgate.asgi.types import Message, Writer
from wsgate.websocket.connection import OPEN, Connection

TAKEN_AT_MOST: Final = 1024
"""Places of taken messages that are kept while others wait."""


class InboxLimits(NamedTuple):
    """Messages, and bytes of messages, that may wait; over either, reading pauses."""

    messages: int
    size: int


class Inbox:
    """The messages of a connection in their order; reading goes on when half of them is taken.

    The list `messages` holds what the core gives (`str`, `bytes`) and what is an ASGI message
    already, to be appended by who has it; the first that waits stands at `_first`. (An empty deque
    takes 760 bytes, an eighth of an idle connection.) The bytes that wait are the core's count of
    what came less what was taken. What the core has not taken of a read stays there: it is taken a
    part in a turn of the event loop, so that others have theirs, and while there is room.

    paused: whether too much waits. held: whether the peer is held back for another reason.
    """

    __slots__ = (
        "_core",
        "_first",
        "_limits",
        "_loop",
        "_rest",
        "_soon",
        "_taken",
        "_writer",
        "arrival",
        "held",
        "messages",
        "paused",
    )

    def __init__(
        self,
        core: Connection,
        limits: InboxLimits,
        writer: Writer,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.messages: list[str | bytes | Message] = []
        self._first = 0
        self.arrival = Arrival(loop)
        self.paused = False
        self.held = False
        self._core = core
        self._loop = loop
        self._rest: Callable[[], None] | None = None
        self._soon = False
        self._limits = limits
        self._writer = writer
        self._taken = 0

    @property
    def waiting(self) -> int:
        """How many messages wait; `messages` is empty where there is none."""
        return len(self.messages) - self._first

    def clear(self) -> None:
        """Drop what waits."""
        self.messages.clear()
        self._first = 0

    def bound(self) -> None:
        """Pause reading where too much waits.

        Not once the end has begun: what comes then is the peer's Close, and has to be read.
        """
        if self._core.state is OPEN and (
            self.waiting > self._limits.messages
            or self._core.bytes_received - self._taken > self._limits.size
        ):
            self.pause()

    def take(self) -> Message:
        """Give the first message as the application gets it; there has to be one."""
        messages = self.messages
        message = messages.pop() if len(messages) == 1 else self._take_first()
        if type(message) is str:
            taken: Message = {"type": "websocket.receive", "text": message}
        elif type(message) is bytes:
            taken = {"type": "websocket.receive", "bytes": message}
        else:
            assert not isinstance(message, (str, bytes))
            return message
        if messages:
            self._taken += size_of(message)
        else:
            self._taken = self._core.bytes_received
        if self.paused:
            self._go_on()
        return taken

    def _take_first(self) -> str | bytes | Message:
        """Take out the first of several; what is taken leaves the list many at a time."""
        messages, first = self.messages, self._first
        message, messages[first] = messages[first], ""
        first += 1
        if first == len(messages):
            messages.clear()
            first = 0
        elif first == TAKEN_AT_MOST:
            del messages[:TAKEN_AT_MOST]
            first = 0
        self._first = first
        return message

    @property
    def reading(self) -> bool:
        """Whether what the peer sends is read."""
        return not self.paused and not self.held and self._rest is None

    def put_off(self, rest: Callable[[], None]) -> None:
        """Read no more until `rest()` was called, in the next turn of the loop that has room."""
        self._rest = rest
        self._writer.pause_reading()
        if not self._soon:
            self._soon = True
            self._loop.call_soon(self._take_rest)

    def take_rest(self) -> None:
        """Take now what was put off, as far as there is room."""
        if self._rest is None:
            return
        while self._rest is not None and not self.paused:
            rest, self._rest = self._rest, None
            rest()
        if self.reading:
            self._writer.resume_reading()

    def pause(self) -> None:
        """Let TCP push back on the peer."""
        if not self.paused:
            self.paused = True
            self._writer.pause_reading()

    def resume(self) -> None:
        """Read again, whatever reading was paused for."""
        if self.paused or self.held:
            self.paused = self.held = False
            self._read_on()

    def hold(self) -> None:
        """Hold the peer back until `release()` or `resume()`."""
        self.held = True
        self._writer.pause_reading()

    def release(self) -> None:
        """Read again where it was held back, and there is room."""
        if self.held:
            self.held = False
            self._read_on()

    def _read_on(self) -> None:
        if self.paused or self.held:
            return
        if self._rest is None:
            self._writer.resume_reading()
        else:
            self.put_off(self._rest)

    def _take_rest(self) -> None:
        self._soon = False
        if self._rest is not None and not self.paused and not self.held:
            rest, self._rest = self._rest, None
            rest()
            if self.reading:
                self._writer.resume_reading()

    def _go_on(self) -> None:
        """Read again where half of what may wait is taken."""
        if (
            self.waiting <= self._limits.messages // 2
            and self._core.bytes_received - self._taken <= self._limits.size // 2
        ):
            self.paused = False
            self._read_on()


def size_of(message: str | bytes) -> int:
    """Bytes of a message's payload."""
    if isinstance(message, bytes) or message.isascii():
        return len(message)
    return len(message.encode())
