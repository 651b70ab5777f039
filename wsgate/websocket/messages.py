"""Messages (RFC 6455 section 5.4): fragments put together within limits.

A message in the making takes hardly more memory than the bytes that have come of it, whatever the
number and the size of its fragments. Text is checked as it arrives (section 8.1), also inside a
frame.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Protocol

from wsgate.websocket.errors import (
    InvalidPayload,
    MessageTooBig,
    PolicyViolation,
    ProtocolViolation,
)
from wsgate.websocket.opcodes import CONTINUATION, FIN, OPCODE_BITS, RSV1, TEXT
from wsgate.websocket.payload import Payload
from wsgate.websocket.text import Text
from wsgate.websocket.utf8 import Utf8Error

DEFAULT_MAX_SIZE: Final = 16 * 1024 * 1024
DEFAULT_MAX_FRAGMENTS: Final = 131_072

INVALID_TEXT: Final = "a text message must be UTF-8"

PIECES_AT_ONCE: Final = 128
"""Decoded pieces, as those of `deflate` of 2 KiB at most, after which the caller has its turn."""

UNBOUNDED: Final = 1 << 61
"""Where nothing bounds a frame but the message."""

FREE: Final = 65_536
"""Bytes to which a message may inflate from however few: text that repeats itself is no bomb."""

NOTHING: Final = Payload()
"""Where no message has begun; a connection holds no buffer of its own between messages."""


class Extension(Protocol):
    """An agreed extension that transforms whole messages, such as RFC 7692's.

    form: a number of `wsgate.websocket.frame_cache`: connections of one form get equal frames.
    """

    @property
    def form(self) -> int:
        """The form of the frames that it makes."""

    def max_encoded(self, size: int) -> int:
        """Bytes that a message of `size` bytes may have when encoded, in the worst case."""

    def decode(self, payload: bytes, final: bool) -> Iterator[bytes]:
        """Give back what a piece of a message's payload stands for, lazily, in bounded pieces.

        final: the message ends with this piece. Where the message gets too big, no more is taken,
        and the connection fails. Raises InvalidPayload where the piece cannot be decoded.
        """

    def encode(self, payload: bytes) -> bytes | None:
        """Transform a message to be sent; None where it goes out as it is, without RSV1."""


class MessageAssembler:
    """Assemble one message at a time from the pieces of its frames.

    max_size: bytes of a message, after the extension's decoding.
    max_fragments: frames of one message, the empty ones counted.
    max_frame: bytes of the payload of one frame, as it comes; 0 is as many as the message may have.
    max_ratio: by how much a message over `FREE` bytes may inflate; 0 is by as much as it can.
    extension: what was agreed, or None.
    opcode: of the message that has begun and not ended; 0 (continuation) where there is none.
    size: bytes of the message that was completed last.
    left: decoded pieces that may still be taken; the caller sets it for a turn of its own.
    halted: whether `go_on()` has to be called before the next `add()`.
    """

    __slots__ = (
        "_decoder",
        "_encoded",
        "_ends",
        "_fragments",
        "_max_fragments",
        "_max_frame",
        "_max_ratio",
        "_max_size",
        "_payload",
        "_pieces",
        "extension",
        "left",
        "opcode",
        "size",
    )

    def __init__(
        self, max_size: int, max_fragments: int, max_frame: int = 0, max_ratio: int = 0
    ) -> None:
        self._max_size = max_size
        self._max_fragments = max_fragments
        self._max_frame = max_frame or UNBOUNDED
        self._max_ratio = max_ratio
        self.extension: Extension | None = None
        self.size = 0
        self.left = PIECES_AT_ONCE
        self._ends = False
        self.reset()

    def reset(self) -> None:
        """Drop what has begun."""
        self.opcode = CONTINUATION
        self._payload = NOTHING
        self._decoder: Extension | None = None
        self._pieces: Iterator[bytes] | None = None
        self._fragments = 0
        self._encoded = 0

    @property
    def halted(self) -> bool:
        """Whether what stands in a piece was decoded in part."""
        return self._pieces is not None

    @property
    def begun(self) -> int:
        """Bytes of the message that has begun and not ended."""
        return self._payload.size

    @property
    def encoded_allowance(self) -> int:
        """Bytes that the first frame of a message may declare with RSV1, as the extension reads."""
        assert self.extension is not None
        return min(self.extension.max_encoded(self._max_size), self._max_frame)

    @property
    def allowance(self) -> int:
        """Bytes that the next frame of this message may declare."""
        room = self._max_size - self._payload.size
        if self._decoder is not None:
            room = self._decoder.max_encoded(room)
        return min(room, self._max_frame)

    def add(
        self, first: int, payload: str | bytes, *, starts: bool, ends: bool
    ) -> str | bytes | None:
        """Take a piece of a data frame; give the message where it is complete by that.

        first: the frame's first byte; payload: as the parser gives it; starts, ends: the piece
        opens or completes its frame. Raises ProtocolViolation and its subclasses. Where it stands
        for very much, it is `halted`.
        """
        if starts:
            self._begin_frame(first)
        self._ends = final = ends and bool(first & FIN)
        if self._decoder is None:
            self._append(payload)
            return self._finish() if final else None
        assert type(payload) is bytes
        self._encoded += len(payload)
        self._pieces = self._decoder.decode(payload, final)
        return self.go_on()

    def go_on(self) -> str | bytes | None:
        """Decode on what was added, as `add()`."""
        assert self._pieces is not None
        for piece in self._pieces:
            self._append(piece)
            if self._max_ratio and self._payload.size > FREE:
                self._check_ratio()
            self.left -= 1
            if self.left <= 0:
                return None
        self._pieces = None
        return self._finish() if self._ends else None

    def _append(self, piece: str | bytes) -> None:
        room = self._max_size - self._payload.size
        try:
            # Up to the limit: of two faults the first in the message counts, however it comes.
            if isinstance(self._payload, Text):
                self._payload.append(piece[:room])
            else:
                assert isinstance(piece, bytes)
                self._payload.append(piece[:room])
        except Utf8Error:
            raise InvalidPayload(INVALID_TEXT) from None
        if len(piece) > room:
            raise MessageTooBig(f"the message is over {self._max_size} bytes")

    def _check_ratio(self) -> None:
        if self._payload.size > self._max_ratio * self._encoded:
            raise MessageTooBig(f"the message inflates to over {self._max_ratio} times its size")

    def _begin_frame(self, first: int) -> None:
        opcode = first & OPCODE_BITS
        if opcode == CONTINUATION:
            if not self.opcode:
                raise ProtocolViolation("a continuation frame came with nothing to continue")
        elif self.opcode:
            raise ProtocolViolation("a new data frame came inside a fragmented message")
        else:
            self.opcode = opcode
            self._payload = Text() if opcode == TEXT else Payload()
            self._decoder = self.extension if first & RSV1 else None
        self._fragments += 1
        if self._fragments > self._max_fragments:
            raise PolicyViolation(f"a message of over {self._max_fragments} fragments")

    def _finish(self) -> str | bytes:
        payload = self._payload
        self.size = payload.size
        self.reset()
        try:
            return payload.decode() if isinstance(payload, Text) else payload.join()
        except Utf8Error:
            raise InvalidPayload("a text message ends inside a code point") from None
