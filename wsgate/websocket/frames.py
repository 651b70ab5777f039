"""Frames (RFC 6455 section 5): an incremental parser for a server, and the serializer.

The parser is a cursor: `feed()` gives it bytes, each `advance()` moves it to the next frame, and
its attributes describe that frame. A data frame that has arrived in part is given piece by piece,
so that nothing waits for the end of a long frame: not the check of its text, and not its memory,
of which never more is allocated than has arrived. A control frame is given whole.
"""

from __future__ import annotations

from typing import Final

from wsgate.websocket.errors import MessageTooBig, ProtocolViolation
from wsgate.websocket.masking import (
    apply_mask,
    apply_mask_text,
    rotate_key,
    unmask,
    unmask_text,
)
from wsgate.websocket.octets import Octets
from wsgate.websocket.opcodes import (
    BINARY,
    CONTINUATION,
    CONTROL_BIT,
    CONTROL_OPCODES,
    DATA_OPCODES,
    FIN,
    MASK,
    OPCODE_BITS,
    PONG,
    RSV1,
    RSV2,
    RSV3,
    TEXT,
)

MAX_CONTROL_PAYLOAD: Final = 125
LENGTH_16: Final = 126
LENGTH_64: Final = 127

WHOLE_TEXT: Final = FIN | TEXT
WHOLE_BINARY: Final = FIN | BINARY
"""First bytes of a frame that is a whole message, untouched by an extension."""

LONE_HEAD: Final = 6
"""Bytes before the payload of a short frame: two, and the masking key."""

NO_PAYLOAD: Final = MASK - LONE_HEAD
"""What a short frame's second byte is more than the frame is long."""

Frame = bytes | tuple[bytes, Octets]
"""A frame to be sent: whole, or a long one as head and payload, since to join them is to copy."""


def _verdict(first: int, rsv1: bool) -> str:
    """Tell what is wrong with a frame's first byte; the empty string where nothing is."""
    opcode = first & OPCODE_BITS
    if first & RSV1 and not (rsv1 and opcode in DATA_OPCODES and opcode):
        # "MUST be 0 unless an extension is negotiated that defines meanings for non-zero values."
        return "RSV1 is set, and no extension gives it a meaning on this frame"
    if first & (RSV2 | RSV3):
        return "RSV2 or RSV3 is set, and no extension was agreed that uses it"
    if opcode not in DATA_OPCODES | CONTROL_OPCODES:
        return f"opcode {opcode} is reserved"
    if opcode & CONTROL_BIT and not first & FIN:
        return "a control frame must not be fragmented"
    return ""


PLAIN_VERDICTS: Final = tuple(_verdict(first, rsv1=False) for first in range(256))
RSV1_VERDICTS: Final = tuple(_verdict(first, rsv1=True) for first in range(256))


class FrameParser:
    """Cut the bytes of a client into frames and unmask them.

    max_payload: bytes that a data frame may declare; the caller lowers it while a message is being
        assembled (section 10.4).
    max_encoded: the same for a frame with RSV1, the first of a message that an extension encoded
        (RFC 7692); None where no extension was agreed that uses RSV1.

    unread: what was fed and belongs to no frame yet; where it is empty, `advance()` gives False.

    After `advance()` gave True: `first` is the frame's first byte, `payload` the piece, `starts`
    whether it opens the frame, `ends` whether it completes it. A piece of a text without RSV1 is a
    `str` where all of it is ASCII, and bytes like any other else. Who keeps the parser takes the
    payload out of it.
    """

    __slots__ = (
        "_key",
        "_longest_lone",
        "_max_encoded",
        "_position",
        "_remaining",
        "_text",
        "_verdicts",
        "ends",
        "first",
        "max_payload",
        "payload",
        "starts",
        "unread",
    )

    def __init__(self, max_payload: int, max_encoded: int | None = None) -> None:
        self.max_payload = max_payload
        self.first = 0
        self.payload: str | bytes = b""
        self.starts = True
        self.ends = True
        self._verdicts = PLAIN_VERDICTS if max_encoded is None else RSV1_VERDICTS
        self._max_encoded = max_encoded or 0
        self._longest_lone = LONE_HEAD + min(max_payload, MAX_CONTROL_PAYLOAD)
        self.unread = b""
        self._position = 0
        self._remaining = 0
        self._key = b""
        self._text = False

    def lone(self, data: bytes) -> str | bytes | None:
        """Give the message where `data` is one short frame, a whole one: most reads are.

        None for all else, which is to be fed then. To be called between two messages.
        """
        end = len(data)
        if not LONE_HEAD <= end <= self._longest_lone or data[1] - NO_PAYLOAD != end or self.unread:
            return None
        first = data[0]
        if first == WHOLE_TEXT:
            text = unmask_text(data, LONE_HEAD, end)
            try:
                return text if isinstance(text, str) else text.decode()
            except UnicodeDecodeError:
                return None
        return unmask(data, LONE_HEAD, end) if first == WHOLE_BINARY else None

    def feed(self, data: bytes) -> None:
        """Add bytes; call `advance()` until it gives False before feeding again."""
        if self.unread:
            self.unread += data
        else:
            self.unread = data
            self._position = 0

    def advance(self) -> bool:
        """Move to the next frame, or the next piece of one; False where more bytes are needed.

        Raises ProtocolViolation (1002) for a malformed header, and MessageTooBig (1009) for a
        declared length over the limit, without waiting for the masking key or the payload.
        """
        if self._remaining:
            return self._continue_payload()
        data = self.unread
        position = self._position
        if len(data) < position + 2:
            return self._need_data()
        first = data[position]
        length = data[position + 1] - MASK
        if self._verdicts[first]:
            raise ProtocolViolation(self._verdicts[first])
        if length < 0:
            # "a server MUST close the connection upon receiving a frame that is not masked"
            raise ProtocolViolation("a frame from a client must be masked")
        position += 2
        if length > MAX_CONTROL_PAYLOAD:
            if first & CONTROL_BIT:
                raise ProtocolViolation("a control frame must not be over 125 bytes")
            size = 2 if length == LENGTH_16 else 8
            if len(data) < position + size:
                return self._need_data()
            length = _extended_length(data, position, size)
            position += size
        if length > self.max_payload and not first & CONTROL_BIT:
            self._check_size(first, length)
        start = position + 4
        end = start + length
        if end > len(data):
            return self._begin_payload(first, start, length)
        self.first = first
        self.payload = self._unmask(first, start, end)
        self.starts = self.ends = True
        self.unread = data if end < len(data) else b""
        self._position = end
        return True

    def _unmask(self, first: int, start: int, end: int) -> str | bytes:
        kind = first & (RSV1 | OPCODE_BITS)
        if kind == CONTINUATION:
            text = self._text
        elif kind & CONTROL_BIT:
            text = False
        else:
            text = self._text = kind == TEXT
        return (unmask_text if text else unmask)(self.unread, start, end)

    def _check_size(self, first: int, length: int) -> None:
        limit = self._max_encoded if first & RSV1 else self.max_payload
        if length > limit:
            raise MessageTooBig(f"{length} bytes, and at most {limit} may come")

    def _begin_payload(self, first: int, start: int, length: int) -> bool:
        """Give what has come of a data frame's payload."""
        data = self.unread
        come = len(data) - start
        if first & CONTROL_BIT or come <= 0:
            return self._need_data()
        self.first = first
        self.payload = self._unmask(first, start, len(data))
        self.starts = True
        self.ends = False
        self._position = len(data)
        self._remaining = length - come
        self._key = rotate_key(data[start - 4 : start], come)
        return True

    def _continue_payload(self) -> bool:
        data = self.unread
        start = self._position
        piece = data[start : start + self._remaining] if start else data[: self._remaining]
        if not piece:
            return self._need_data()
        self.payload = (apply_mask_text if self._text else apply_mask)(piece, self._key)
        self.starts = False
        self._position = start + len(piece)
        self._remaining -= len(piece)
        self.ends = not self._remaining
        self._key = b"" if self.ends else rotate_key(self._key, len(piece))
        return True

    def _need_data(self) -> bool:
        self.unread = self.unread[self._position :]
        self._position = 0
        self.payload = b""
        return False


def _extended_length(data: bytes, position: int, size: int) -> int:
    """Read a 16- or 64-bit length (section 5.2).

    "the minimal number of bytes MUST be used to encode the length"
    """
    length = int.from_bytes(data[position : position + size], "big")
    if length >> 63:
        raise ProtocolViolation("the most significant bit of a 64-bit length must be 0")
    if length <= (MAX_CONTROL_PAYLOAD if size == 2 else 0xFFFF):
        raise ProtocolViolation(f"{length} bytes were declared in too long a form")
    return length


SHORT_HEADS: Final = tuple(
    tuple(bytes((FIN | opcode, length)) for length in range(LENGTH_16))
    for opcode in range(PONG + 1)
)


def serialize(opcode: int, payload: bytes, rsv1: int = 0) -> bytes:
    """Make one final, unmasked frame with the shortest form of the length (section 5.2).

    rsv1: RSV1 where an extension transformed the payload, else 0.
    """
    length = len(payload)
    if length < LENGTH_16 and not rsv1:
        return SHORT_HEADS[opcode][length] + payload
    first = FIN | rsv1 | opcode
    if length < LENGTH_16:
        return bytes((first, length)) + payload
    if length <= 0xFFFF:
        return bytes((first, LENGTH_16, length >> 8, length & 0xFF)) + payload
    return long_head(first, length) + payload


def long_head(first: int, length: int) -> bytes:
    """Make the head of an unmasked frame of more than 65,535 bytes (section 5.2)."""
    return bytes((first, LENGTH_64)) + length.to_bytes(8, "big")
