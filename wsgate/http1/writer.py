"""The only place that makes a response into bytes.

The application says status, fields and body. Framing and persistence are ours: of the application's
own Content-Length, Transfer-Encoding and Connection we take what they say, and write them anew.
"""

from enum import Enum, auto
from http import HTTPStatus
from typing import Final

from wsgate.http1.errors import ResponseError
from wsgate.http1.events import Headers
from wsgate.http1.fields import NO_DEFAULTS, DefaultFields, Fields, add_fields
from wsgate.http1.grammar import LENGTH_DIGITS

CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
"""The interim response that asks for the body (RFC 9110 section 15.2.1)."""

_STATUS_LINES: Final = {
    status.value: b"HTTP/1.1 %d %b\r\n" % (status, status.phrase.encode("ascii"))
    for status in HTTPStatus
}
_OURS: Final = frozenset((b"connection", b"content-length", b"transfer-encoding"))


class _Framing(Enum):
    """How the client knows where the body ends (RFC 9112 section 6.3)."""

    NONE = auto()
    """There is none, whatever the fields say: HEAD, 204, 304."""
    LENGTH = auto()
    CHUNKED = auto()
    CLOSE = auto()
    """With the connection: HTTP/1.0 and no length."""


# Python 3.11 takes 0.1 us to find a member in its class.
_NONE: Final = _Framing.NONE
_LENGTH: Final = _Framing.LENGTH
_CHUNKED: Final = _Framing.CHUNKED
_CLOSE: Final = _Framing.CLOSE


class ResponseWriter:
    """Writes one response.

    ``started`` and ``complete`` tell how far it is, ``status`` what it is, 0 before its start;
    ``keep_alive`` whether the connection can go on after it, which is settled with its head.
    """

    __slots__ = (
        "_framing",
        "_method",
        "_modern",
        "_remaining",
        "complete",
        "keep_alive",
        "started",
        "status",
    )

    def __init__(self, method: str, http_version: str, keep_alive: bool) -> None:
        self._method = method
        self._modern = http_version == "1.1"
        self._framing = _NONE
        self._remaining = 0
        self.status = 0
        self.started = False
        self.complete = False
        self.keep_alive = keep_alive

    @property
    def whole(self) -> bool:
        """Whether the client waits for no more, though ``complete`` may still be to come."""
        if self._framing is _LENGTH:
            return not self._remaining
        return self.complete or (self.started and self._framing is _NONE)

    def start(self, status: object, headers: Fields, defaults: DefaultFields) -> bytes:
        """Return the head of the response; raises ResponseError, and is not started then."""
        if self.started:
            raise ResponseError("the response must be started once")
        checked = _checked_status(status)
        parts = [_status_line(checked)]
        ours = add_fields(parts, headers, defaults, _OURS)
        length = _content_length(ours) if ours else None
        options = _connection_options(ours) if ours else []
        keep_alive = self.keep_alive and b"close" not in options

        framing = self._frame(checked, length)
        if length is not None and checked != 204:
            # "A server MUST NOT send a Content-Length header field in any response with a status
            # code of ... 204" (RFC 9110 section 8.6)
            parts.append(b"content-length: %d\r\n" % length)
        if framing is _CHUNKED:
            parts.append(b"transfer-encoding: chunked\r\n")
        elif framing is _CLOSE:
            keep_alive = False
        parts.append(self._connection_line(keep_alive, options))
        parts.append(b"\r\n")

        self._framing = framing
        self._remaining = length or 0
        self.keep_alive = keep_alive
        self.status = checked
        self.started = True
        return b"".join(parts)

    def body(self, data: object, more: bool) -> bytes:
        """Return what to write for a piece of the body, the last one unless ``more`` follows.

        Raises ResponseError; the connection cannot be used any more then.
        """
        if not self.started:
            raise ResponseError("the response must be started before its body")
        if self.complete:
            raise ResponseError("the response is complete: nothing may follow")
        piece = data if type(data) is bytes else _as_bytes(data)
        if self._framing is _LENGTH:
            self._count(len(piece), more)
        elif self._framing is _CHUNKED:
            piece = _chunk(piece, more)
        elif self._framing is _NONE:
            piece = b""
        self.complete = not more
        return piece

    def _frame(self, status: int, length: int | None) -> _Framing:
        if self._method == "HEAD" or status in (204, 304):
            return _NONE
        if length is not None:
            return _LENGTH
        return _CHUNKED if self._modern else _CLOSE

    def _connection_line(self, keep_alive: bool, options: list[bytes]) -> bytes:
        if keep_alive and self._modern and not options:
            return b""
        options = [option for option in options if option not in (b"close", b"keep-alive")]
        if not keep_alive:
            options.append(b"close")
        elif not self._modern:
            options.append(b"keep-alive")
        return b"connection: %b\r\n" % b", ".join(options) if options else b""

    def _count(self, size: int, more: bool) -> None:
        remaining = self._remaining - size
        if remaining < 0:
            self.keep_alive = False
            raise ResponseError(
                f"the body is longer than its Content-Length, by {-remaining} bytes"
            )
        if remaining and not more:
            self.keep_alive = False
            raise ResponseError(
                f"the body is shorter than its Content-Length, by {remaining} bytes"
            )
        self._remaining = remaining


def refusal(
    status: int, message: str, headers: Fields = (), defaults: DefaultFields = NO_DEFAULTS
) -> bytes:
    """Return a complete response that says ``message`` as text and closes the connection."""
    body = message.encode() + b"\n"
    writer = ResponseWriter("GET", "1.1", keep_alive=False)
    own = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        *headers,
    ]
    return writer.start(status, own, defaults) + writer.body(body, more=False)


def switching_protocols(
    ours: Headers, headers: Fields, defaults: DefaultFields = NO_DEFAULTS
) -> bytes:
    """Return the head of a 101 with exactly these fields; raises ResponseError.

    ``ours`` are correct, ``headers`` are the application's.
    """
    pieces = [_STATUS_LINES[101]]
    for name, value in ours:
        pieces += (name, b": ", value, b"\r\n")
    add_fields(pieces, headers, defaults)
    pieces.append(b"\r\n")
    return b"".join(pieces)


def _checked_status(status: object) -> int:
    # bool is an int in Python, and 200.0 a key equal to 200.
    if isinstance(status, bool) or not isinstance(status, int):
        raise ResponseError(f"the status must be an int, got {type(status).__name__}")
    if not 200 <= status <= 999:
        raise ResponseError(f"the status must be from 200 to 999, got {int(status)}")
    return status


def _status_line(status: int) -> bytes:
    # "A server MUST send the space that separates the status-code from the reason-phrase even when
    # the reason-phrase is absent" (RFC 9112 section 4)
    return _STATUS_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status


def _content_length(ours: Headers) -> int | None:
    length = b""
    for name, value in ours:
        if name == b"content-length":
            if length:
                raise ResponseError("content-length must be set once")
            length = value
            if not value.isdigit() or len(value) > LENGTH_DIGITS:
                raise ResponseError(f"content-length must be a number in digits, got {value!r}")
    # Compiled, a `str` becomes a number in a third of the time.
    return int(length.decode("ascii")) if length else None


def _connection_options(ours: Headers) -> list[bytes]:
    values = [value for name, value in ours if name == b"connection"]
    if not values:
        return []
    options = b",".join(values).lower().split(b",")
    return [option.strip() for option in options if option.strip()]


def _as_bytes(data: object) -> bytes:
    if isinstance(data, (bytes, bytearray, memoryview)):
        return bytes(data)
    raise ResponseError(f"the body must be bytes, got {type(data).__name__}")


def _chunk(data: bytes, more: bool) -> bytes:
    """Return ``data`` as a chunk, and the last chunk behind it unless more follows."""
    chunk = b"%x\r\n%b\r\n" % (len(data), data) if data else b""
    return chunk if more else chunk + b"0\r\n\r\n"
