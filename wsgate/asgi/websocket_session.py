"""One WebSocket, as the application sees it (ASGI specification, "WebSocket").

The session stands between the protocol's state machine and the application's `receive` and
`send`. What has arrived waits in one queue; a disconnect, whatever brought it about, stands at
the end of that queue. The application takes it there, after the messages that came before it, and
by taking it lets our Close leave, after what it sent until then. The close timeout bounds that.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from enum import Enum
from random import randint
from typing import Final, NamedTuple, Protocol

from wsgate.asgi.outcome import error_of
from wsgate.asgi.types import Headers, Message, Writer
from wsgate.asgi.waiters import Waiters
from wsgate.asgi.websocket_opening import WebSocketOpening
from wsgate.errors import Disconnected
from wsgate.websocket.close_codes import CloseCode, may_be_sent
from wsgate.websocket.connection import SENDABLE, Connection, State, shorten_reason
from wsgate.websocket.errors import PolicyViolation
from wsgate.websocket.events import (
    CloseReceived,
    ConnectionFailed,
    Event,
    PingReceived,
)

logger = logging.getLogger("wsgate.error")

MAX_UNANSWERED_PINGS: Final = 16_384
"""Pings that a peer may send while it does not read our pongs."""

RETRY_AFTER: Final = (1, 10)
"""Seconds: the range of Retry-After for a handshake that comes too late; spread by chance."""

GONE: Final = "the websocket is gone: its peer closed it or was lost"


class Phase(Enum):
    """Where the application stands; the value is what it may send then."""

    CONNECTING = "websocket.accept, websocket.close or websocket.http.response.start"
    DENYING = "websocket.http.response.body"
    OPEN = "websocket.send or websocket.close"
    CLOSED = "nothing more: the websocket is closed"


class SessionLimits(NamedTuple):
    """Bounds of a session.

    max_size: bytes of a message. max_fragments: frames of a message. max_queue, max_buffer:
    messages and bytes that may wait for the application; over that, reading pauses.
    """

    max_size: int
    max_fragments: int
    max_queue: int
    max_buffer: int


class Disconnect(NamedTuple):
    """What the application is told at the end, and the access log."""

    code: int
    reason: str


ABNORMAL: Final = Disconnect(CloseCode.ABNORMAL_CLOSURE, "")
DONE: Final = Disconnect(CloseCode.NORMAL_CLOSURE, "")
FAILED: Final = Disconnect(CloseCode.INTERNAL_ERROR, "internal error")


class Owner(Protocol):
    """What a session tells its connection."""

    def session_accepted(self) -> None:
        """Take note: the 101 was written."""

    def session_refused(self, status: int) -> None:
        """Take note: this was answered instead of the 101."""

    def session_closing(self) -> None:
        """Take note: the end has begun, and the close timeout runs from now on."""


class WebSocketSession:
    """Serve one WebSocket: `receive` and `send` are what the application is called with."""

    __slots__ = (
        "_bytes_taken",
        "_early",
        "_held_ping",
        "_limits",
        "_opening",
        "_owner",
        "_phase",
        "_pings_unanswered",
        "_queue",
        "_waiters",
        "_writer",
        "core",
        "disconnect",
        "reading_paused",
    )

    def __init__(
        self,
        opening: WebSocketOpening,
        limits: SessionLimits,
        writer: Writer,
        loop: asyncio.AbstractEventLoop,
        owner: Owner,
    ) -> None:
        self.core = Connection(limits.max_size, limits.max_fragments)
        self.disconnect: Disconnect | None = None
        self.reading_paused = False
        self._opening: WebSocketOpening | None = opening
        self._limits = limits
        self._writer = writer
        self._owner = owner
        self._phase = Phase.CONNECTING
        self._early = b""
        self._queue: deque[str | bytes | Message] = deque(({"type": "websocket.connect"},))
        self._waiters = Waiters(loop)
        self._bytes_taken = 0
        self._held_ping: bytes | None = None
        self._pings_unanswered = 0

    # What the connection tells.

    def receive_data(self, data: bytes) -> None:
        """Take bytes from the peer; those that come before accept wait for it."""
        if self._opening is not None:
            self._receive_early(data)
            return
        queue = self._queue
        for event in self.core.receive_data(data):
            if type(event) is str or type(event) is bytes:
                queue.append(event)
            else:
                self._handle(event)
        if self.core.state is State.CLOSED:
            self._writer.close()
        if queue or self.disconnect is not None:
            self._waiters.wake()
            if (
                len(queue) > self._limits.max_queue
                or self.core.bytes_received - self._bytes_taken > self._limits.max_buffer
            ):
                self._pause_reading()

    def eof_received(self) -> bool:
        """Learn that the peer sends no more; True where it may still be told something."""
        if self.core.state is State.PEER_CLOSED:
            return True
        self.connection_lost()
        return False

    def connection_lost(self) -> None:
        """Learn that the connection is gone; what came complete before still gets taken."""
        self.core.receive_eof()
        if self.disconnect is None:
            self.disconnect = ABNORMAL
        self._waiters.wake()

    def writable(self) -> None:
        """Learn that the send buffer has room again: the latest ping is answered."""
        if self._held_ping is not None:
            self._writer.write(self.core.send_pong(self._held_ping))
            self._held_ping = None
            self._pings_unanswered = 0

    def shut_down(self) -> None:
        """Begin the end for a restart of the server: 1012, or 503 before accept."""
        if self._phase is Phase.OPEN:
            if self.core.state is State.OPEN and self.disconnect is None:
                self._end(CloseCode.SERVICE_RESTART, "the server restarts")
                self._waiters.wake()
        elif self._phase is Phase.CONNECTING:
            retry_after = str(randint(*RETRY_AFTER)).encode()
            self._refuse(
                503,
                "the server restarts, try again",
                Disconnect(CloseCode.SERVICE_RESTART, "the server restarts"),
                [(b"retry-after", retry_after)],
            )

    def close_timed_out(self) -> None:
        """Learn that the close timeout is over: what has to be said is said, and TCP ends."""
        if self.core.state in SENDABLE and self._phase is Phase.OPEN:
            self._say_close()
            self._writer.close()
        else:
            self._writer.abort()

    def application_done(self, task: asyncio.Future[None]) -> None:
        """Learn that the application returned, raised or was cancelled."""
        error = error_of(task)
        if self._phase is Phase.CONNECTING:
            if error is None and self.disconnect is None:
                logger.error("The ASGI application returned before it accepted the websocket")
            self._refuse(500, "Internal Server Error", ABNORMAL)
        elif self._phase is Phase.DENYING:
            self._phase = Phase.CLOSED
            self._writer.close()
        elif self._phase is Phase.OPEN and self.core.state in SENDABLE:
            if self.disconnect is None:
                self._end(*(DONE if error is None else FAILED))
            self._say_close()

    # What the application calls.

    async def receive(self) -> Message:
        """Give the next message; after `websocket.disconnect`, the same again for ever."""
        queue = self._queue
        while not queue:
            if self.disconnect is not None:
                return self._take_disconnect(self.disconnect)
            await self._waiters.future()
        message = queue.popleft()
        if type(message) is str:
            self._taken(message)
            return {"type": "websocket.receive", "text": message}
        if type(message) is bytes:
            self._taken(message)
            return {"type": "websocket.receive", "bytes": message}
        assert not isinstance(message, (str, bytes))
        return message

    async def send(self, message: Message) -> None:
        """Take a message of the application (ASGI "WebSocket", send events).

        Raises Disconnected when the connection is gone, RuntimeError for wrong use.
        """
        kind = message["type"]
        if self._phase is Phase.OPEN and kind == "websocket.send":
            self._send_message(message.get("text"), message.get("bytes"))
        elif self._phase is Phase.OPEN and kind == "websocket.close":
            self._close(message)
        elif self._phase is Phase.CONNECTING or self._phase is Phase.DENYING:
            self._open(kind, message)
        else:
            raise RuntimeError(f"send: got {kind!r}, expected {self._phase.value}")
        if self._writer.full:
            await self._writer.drain()
            if self.core.state is State.CLOSED and self._phase is Phase.OPEN:
                raise Disconnected(GONE)

    # The pieces.

    def _receive_early(self, data: bytes) -> None:
        self._early += data
        if len(self._early) > self._limits.max_buffer:
            self._pause_reading()

    def _handle(self, event: Event) -> None:
        match event:
            case PingReceived():
                self._answer(event)
            case CloseReceived() | ConnectionFailed():
                self._end(event.code, event.reason)
            case _:
                """A pong: that something came at all is what counts."""

    def _answer(self, ping: PingReceived) -> None:
        """Send a pong; to a peer that does not read, later and for the latest ping only.

        RFC 6455 section 5.5.3 allows that. Who goes on pinging then is told to stop.
        """
        if not self._writer.full:
            self._writer.write(self.core.send_pong(ping.payload))
            return
        self._held_ping = ping.payload
        self._pings_unanswered += 1
        if self._pings_unanswered > MAX_UNANSWERED_PINGS and self.core.state is State.OPEN:
            failed = self.core.fail(PolicyViolation("too many pings while pongs are not read"))
            self._end(failed.code, failed.reason)

    def _end(self, code: int, reason: str) -> None:
        """Put the disconnect at the end of what waits; the close timeout begins."""
        if self.disconnect is None:
            self.disconnect = Disconnect(code, reason)
            self._owner.session_closing()

    def _take_disconnect(self, disconnect: Disconnect) -> Message:
        if self._phase is Phase.OPEN and self.core.state in SENDABLE:
            self._say_close()
        return {
            "type": "websocket.disconnect",
            "code": disconnect.code,
            "reason": disconnect.reason,
        }

    def _say_close(self) -> None:
        """Let our Close leave; its code is the peer's where the peer's came first."""
        assert self.disconnect is not None
        code, reason = self.disconnect
        if code == CloseCode.NO_STATUS_RECEIVED:
            self._writer.write(self.core.send_close(None))
        else:
            self._writer.write(self.core.send_close(code, reason))
        if self.core.state is State.CLOSED:
            self._writer.close()

    def _taken(self, message: str | bytes) -> None:
        """Count what the application took, and read on when half of what waited is gone."""
        queue, limits = self._queue, self._limits
        if queue:
            self._bytes_taken += size_of(message)
        else:
            self._bytes_taken = self.core.bytes_received
        if (
            self.reading_paused
            and len(queue) <= limits.max_queue // 2
            and self.core.bytes_received - self._bytes_taken <= limits.max_buffer // 2
        ):
            self.reading_paused = False
            self._writer.resume_reading()

    def _pause_reading(self) -> None:
        if not self.reading_paused:
            self.reading_paused = True
            self._writer.pause_reading()

    def _send_message(self, text: object, payload: object) -> None:
        try:
            if payload is None and isinstance(text, str):
                frame = self.core.send_text(text)
            elif text is None and isinstance(payload, (bytes, bytearray, memoryview)):
                frame = self.core.send_bytes(bytes(payload))
            else:
                raise RuntimeError(
                    "websocket.send: expected either text (str) or bytes (bytes), got "
                    f"text: {type(text).__name__}, bytes: {type(payload).__name__}"
                )
        except ConnectionError:
            raise Disconnected(GONE) from None
        except UnicodeEncodeError:
            raise RuntimeError(
                "websocket.send: text holds a surrogate, which UTF-8 has not"
            ) from None
        self._writer.write(frame)

    def _close(self, message: Message) -> None:
        """Take `websocket.close` after accept."""
        code, reason = close_arguments(message)
        if self.core.state not in SENDABLE:
            raise Disconnected(GONE)
        self._phase = Phase.CLOSED
        self._queue.clear()
        self._end(code, reason)
        self._say_close()
        self._waiters.wake()

    def _open(self, kind: str, message: Message) -> None:
        """Take the application's answer to the opening handshake."""
        opening = self._opening
        assert opening is not None
        if self._phase is Phase.DENYING and kind == "websocket.http.response.body":
            self._writer.write(opening.deny(message))
            if opening.denied:
                self._refused(opening.status, ABNORMAL)
        elif self._phase is Phase.CONNECTING and kind == "websocket.accept":
            self._writer.write(opening.accept(message))
            self._accepted()
        elif self._phase is Phase.CONNECTING and kind == "websocket.close":
            self._refuse(403, "the application refused the websocket", ABNORMAL)
        elif self._phase is Phase.CONNECTING and kind == "websocket.http.response.start":
            opening.start_denial(message)
            self._phase = Phase.DENYING
        else:
            raise RuntimeError(f"send: got {kind!r}, expected {self._phase.value}")

    def _accepted(self) -> None:
        self._phase = Phase.OPEN
        self._opening = None
        self._owner.session_accepted()
        early, self._early = self._early, b""
        if self.reading_paused:
            self.reading_paused = False
            self._writer.resume_reading()
        if early:
            self.receive_data(early)

    def _refuse(
        self, status: int, sentence: str, disconnect: Disconnect, headers: Headers | None = None
    ) -> None:
        assert self._opening is not None
        self._writer.write(self._opening.refuse(status, sentence, headers))
        self._refused(status, disconnect)

    def _refused(self, status: int, disconnect: Disconnect) -> None:
        self._phase = Phase.CLOSED
        self._owner.session_refused(status)
        if self.disconnect is None:
            self.disconnect = disconnect
        self._waiters.wake()
        self._writer.close()


def size_of(message: str | bytes) -> int:
    """Bytes of a message's payload."""
    if isinstance(message, bytes) or message.isascii():
        return len(message)
    return len(message.encode())


def close_arguments(message: Message) -> tuple[int, str]:
    """Read code and reason of `websocket.close`; raises RuntimeError.

    A reason over 123 bytes of UTF-8 is cut, and that is logged (RFC 6455 section 5.5).
    """
    code = message.get("code", CloseCode.NORMAL_CLOSURE)
    reason = message.get("reason") or ""
    if not isinstance(code, int) or not may_be_sent(code):
        raise RuntimeError(
            f"websocket.close: expected a code of 1000-1003, 1007-1014 or 3000-4999, got {code!r}"
        )
    if not isinstance(reason, str):
        raise RuntimeError(f"websocket.close: expected a str as reason, got {reason!r}")
    shortened = shorten_reason(reason)
    if shortened != reason:
        logger.warning("websocket.close: the reason was cut to 123 bytes of UTF-8")
    return int(code), shortened
