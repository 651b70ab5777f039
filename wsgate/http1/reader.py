"""Requests out of bytes, pulled one event at a time.

The caller asks for the next event only when it can use it. So a client that sends requests ahead
(pipelining, RFC 9112 section 9.3.2) costs no more than the bytes which the caller has read.
"""

from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from wsgate.http1.buffer import ReceiveBuffer
from wsgate.http1.errors import IncompleteBody, RequestError
from wsgate.http1.events import (
    CLOSED,
    END_OF_MESSAGE,
    NEED_DATA,
    PAUSED,
    Data,
    Request,
    Signal,
)
from wsgate.http1.head import CR, HeadScanner, Limits
from wsgate.http1.parser import Head, HeadParser
from wsgate.http1.validation import frame_body, judge

if TYPE_CHECKING:
    from wsgate.http1.body import BodyDecoder

__all__ = ["Limits", "RequestReader"]


class _State(Enum):
    HEAD = auto()
    """Between requests, or inside a head."""
    BODY = auto()
    """Behind a head: a body or nothing, and then the end of the message."""
    PAUSED = auto()
    """A request is complete; the next may be started."""
    CLOSED = auto()
    """Not one more byte is parsed."""


# Python 3.11 takes 0.1 us to find a member in its class.
_HEAD: Final = _State.HEAD
_BODY: Final = _State.BODY
_PAUSED: Final = _State.PAUSED
_CLOSED: Final = _State.CLOSED


class RequestReader:
    """The reading side of one connection."""

    __slots__ = ("_body", "_buffer", "_eof", "_parse_head", "_persists", "_scanner", "_state")

    def __init__(self, parse_head: HeadParser, limits: Limits) -> None:
        self._parse_head = parse_head
        self._scanner = HeadScanner(limits)
        self._buffer = ReceiveBuffer()
        self._body: BodyDecoder | None = None
        self._state = _HEAD
        self._persists = True
        self._eof = False

    @property
    def buffered(self) -> int:
        """Bytes that are held and not parsed yet."""
        return len(self._buffer)

    @property
    def idle(self) -> bool:
        """Between two requests, with not one byte of the next; an empty line is none of it."""
        if self._state is not _HEAD:
            return False
        return not len(self._buffer) or b"\r\n".startswith(self._buffer.peek(3))

    def receive_data(self, data: bytes) -> None:
        """Take in a segment; nothing is parsed before `next_event`."""
        if self._state is not _CLOSED:
            self._buffer.append(data)

    def receive_eof(self) -> None:
        """Note that nothing follows what was received."""
        self._eof = True

    def next_event(self) -> Request | Data | Signal:
        """Return the next event.

        Raises RequestError for a request that is refused and IncompleteBody where the stream
        ended inside a body; after either, the reader is closed.
        """
        try:
            if self._state is _HEAD:
                return self._read_head()
            if self._state is _BODY:
                return self._read_body()
        except (RequestError, IncompleteBody):
            self._close()
            raise
        return PAUSED if self._state is _PAUSED else CLOSED

    def start_next_request(self) -> None:
        """Go on to the next request after END_OF_MESSAGE; to CLOSED, where the last was the last.

        Raises RuntimeError at any other time.
        """
        if self._state in (_HEAD, _BODY):
            raise RuntimeError("the next request starts after the end of this one")
        if self._persists:
            self._state = _HEAD
        else:
            self._close()

    def take_over(self) -> bytes:
        """Return the bytes behind the head of an upgraded request, and be closed."""
        rest = self._buffer.take(len(self._buffer))
        self._close()
        return rest

    def _read_head(self) -> Request | Signal:
        length = self._scanner.scan(self._buffer)
        if length:
            head = self._buffer.take(length)
            if head[0] == CR:
                head = head[2:]
            request, self._body = judge(self._parse(head), head)
            self._persists = request.keep_alive
            self._state = _BODY
            return request
        if not self._eof:
            return NEED_DATA
        if self._buffer.peek(3) not in (b"", b"\r\n"):
            # An empty line alone is what some clients send behind a body (RFC 9112 section 2.2).
            raise RequestError(400, "The stream ended inside the head of a request.")
        self._close()
        return CLOSED

    def _parse(self, head: bytes) -> Head:
        try:
            return self._parse_head(head)
        except RequestError:
            # What is wrong with the framing is ours to say, whatever the parser takes offence at.
            frame_body(head)
            raise

    def _read_body(self) -> Data | Signal:
        body = self._body
        if body is not None:
            piece = body.decode(self._buffer)
            if piece:
                return Data(piece)
            if not body.complete:
                if self._eof:
                    raise IncompleteBody("the stream ended inside the body of a request")
                return NEED_DATA
            self._body = None
        self._state = _PAUSED
        return END_OF_MESSAGE

    def _close(self) -> None:
        self._state = _CLOSED
        self._persists = False
        self._body = None
        self._buffer.clear()
