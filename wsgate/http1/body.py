"""The framing of request bodies (RFC 9112 sections 6 and 7), the same behind both parsers.

A decoder takes the bytes of its body, and not one more, from the front of a buffer.
"""

from enum import Enum, auto
from typing import Final, Protocol

from wsgate.http1.buffer import ReceiveBuffer
from wsgate.http1.errors import RequestError
from wsgate.http1.grammar import CHUNK_HEADER, TRAILER_LINE

CHUNK_HEADER_LIMIT: Final = 1024
"""Bytes of a chunk size with its extensions: nobody reads these, so few are enough."""

TRAILER_LIMIT: Final = 8192
"""Bytes of a whole trailer section, which is read only to be dropped."""

FORBIDDEN_TRAILERS: Final = frozenset((b"content-length", b"host", b"transfer-encoding"))


class BodyDecoder(Protocol):
    """What both framings have in common."""

    complete: bool

    def decode(self, buffer: ReceiveBuffer) -> bytes:
        """Return the next piece of the body.

        An empty piece says that the body is ``complete`` or that more bytes are needed.
        Raises RequestError.
        """
        ...


class LengthDecoder:
    """A body of ``length`` bytes, more than 0 (RFC 9112 section 6.3, case 6)."""

    __slots__ = ("complete", "remaining")

    def __init__(self, length: int) -> None:
        self.remaining = length
        self.complete = False

    def decode(self, buffer: ReceiveBuffer) -> bytes:
        """Return what there is, up to the length."""
        piece = buffer.take(self.remaining)
        self.remaining -= len(piece)
        self.complete = self.remaining == 0
        return piece


class _Part(Enum):
    """Where in a chunked body the front of the buffer stands."""

    HEADER = auto()
    DATA = auto()
    DATA_END = auto()
    TRAILER = auto()


class ChunkedDecoder:
    """A body in chunks (RFC 9112 section 7.1). Extensions and trailers are checked and dropped."""

    __slots__ = ("_part", "_remaining", "_trailer_room", "complete")

    def __init__(self) -> None:
        self._part = _Part.HEADER
        self._remaining = 0
        self._trailer_room = TRAILER_LIMIT
        self.complete = False

    def decode(self, buffer: ReceiveBuffer) -> bytes:
        """Return the data of one chunk, or what has come of it."""
        while buffer and not self.complete:
            if self._part is _Part.DATA:
                return self._take_data(buffer)
            if self._part is _Part.HEADER:
                progress = self._take_header(buffer)
            elif self._part is _Part.DATA_END:
                progress = self._take_data_end(buffer)
            else:
                progress = self._take_trailer(buffer)
            if not progress:
                break
        return b""

    def _take_data(self, buffer: ReceiveBuffer) -> bytes:
        piece = buffer.take(self._remaining)
        self._remaining -= len(piece)
        if not self._remaining:
            self._part = _Part.DATA_END
        return piece

    def _take_header(self, buffer: ReceiveBuffer) -> bool:
        line = _take_line(buffer, CHUNK_HEADER_LIMIT, _LONG_CHUNK_HEADER)
        if not line:
            return False
        match = CHUNK_HEADER.fullmatch(line)
        if match is None:
            raise RequestError(400, "The size line of a chunk is malformed.")
        self._remaining = int(match[1], 16)
        self._part = _Part.DATA if self._remaining else _Part.TRAILER
        return True

    def _take_data_end(self, buffer: ReceiveBuffer) -> bool:
        if not b"\r\n".startswith(buffer.peek(2)):
            raise RequestError(400, "The data of a chunk is not followed by CRLF.")
        if len(buffer) < 2:
            return False
        buffer.take(2)
        self._part = _Part.HEADER
        return True

    def _take_trailer(self, buffer: ReceiveBuffer) -> bool:
        line = _take_line(buffer, self._trailer_room, _LONG_TRAILERS)
        if not line:
            return False
        self._trailer_room -= len(line)
        if line == b"\r\n":
            self.complete = True
            return True
        match = TRAILER_LINE.fullmatch(line)
        if match is None:
            raise RequestError(400, "A trailer field is malformed.")
        if match[1].lower() in FORBIDDEN_TRAILERS:
            raise RequestError(431, "A field that frames or routes the message is in the trailer.")
        return True


_LONG_CHUNK_HEADER: Final = (400, "The size line of a chunk is too long.")
_LONG_TRAILERS: Final = (431, "The trailer section is too large.")


def _take_line(buffer: ReceiveBuffer, limit: int, refusal: tuple[int, str]) -> bytes:
    """Take a line with its line end, or nothing where that has not come; refuse a longer one."""
    end = buffer.find(b"\n") + 1
    if (end or len(buffer)) > limit:
        raise RequestError(*refusal)
    return buffer.take(end)
