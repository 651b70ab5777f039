"""Compressed messages (RFC 7692 sections 6 and 7.2): what permessage-deflate does once agreed.

A message is a raw DEFLATE stream (RFC 1951) flushed to a byte, whose last four bytes, always the
same, are not sent. With context takeover the streams of one side are one long stream, in which a
message may point back at the bytes of those before.

Memory is what makes this hard: of what a peer sends, each byte can stand for a thousand, and the
state behind each direction is as large as all the rest of a connection. So inflating goes in small
steps whose results the caller may stop taking, and nothing is made before its first use.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from enum import Enum
from typing import Final, Protocol

from wsgate.websocket.deflate_negotiation import Agreement, DeflateSettings
from wsgate.websocket.deflate_window import pack, repetition
from wsgate.websocket.errors import InvalidPayload, MessageTooBig
from wsgate.websocket.frame_cache import ALONE

TAIL: Final = b"\x00\x00\xff\xff"
"""The end of an empty block without compression, which a sender takes away (section 7.2.1)."""

LAST_BLOCK: Final = b"\x03\x00"
"""An empty block with BFINAL 1: it ends a stream that stands between two blocks, on a byte."""

FEED: Final = 2048
"""Bytes inflated at a time. What zlib does not take of them it gives back as a copy."""

PIECE: Final = 2048
"""The most bytes that one step of inflating gives."""

BUDGET: Final = 16 * 1024
"""Encoded bytes of one message that may stand for nothing: headers, flushes and empty blocks."""

BUDGET_PER_BYTE: Final = 8
"""What each decoded byte adds: a sender that flushes after every byte sends 7 for it."""

STREAM_COST: Final = 64
"""What a new inflater takes from the budget: it costs as much time as so many bytes."""


class Stream(Enum):
    """Where the stream that is inflated stands."""

    BETWEEN = "between two messages"
    INSIDE = "between two pieces of a message"
    HALFWAY = "inside a piece, or where it failed"


BETWEEN: Final = Stream.BETWEEN
INSIDE: Final = Stream.INSIDE
HALFWAY: Final = Stream.HALFWAY


class Compressor(Protocol):
    """What is used of `zlib.compressobj()`."""

    def compress(self, data: bytes, /) -> bytes:
        """Take bytes; give what comes of them already."""

    def flush(self, mode: int, /) -> bytes:
        """Give the rest."""


class Decompressor(Protocol):
    """What is used of `zlib.decompressobj()`."""

    @property
    def eof(self) -> bool:
        """Whether a block with BFINAL 1 has ended."""

    @property
    def unused_data(self) -> bytes:
        """What stood behind that block."""

    @property
    def unconsumed_tail(self) -> bytes:
        """What was not taken, since the result reached its limit."""

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """Take bytes; give at most so many."""

    def copy(self) -> Decompressor:
        """Duplicate the state."""


class Engine(Protocol):
    """What is used of the module `zlib`; `zlib_ng.zlib_ng` is another one.

    The two directions may come from different modules; error: of the one that inflates.
    """

    @property
    def error(self) -> type[Exception]:
        """What a corrupt stream raises."""

    def compressobj(self, *, level: int, wbits: int, memLevel: int) -> Compressor:  # noqa: N803
        """Make a compressor; wbits: negative for a raw stream."""

    def decompressobj(self, *, wbits: int) -> Decompressor:
        """Make an inflater."""


class PerMessageDeflate:
    """Both directions of one connection: the `Extension` of `wsgate.websocket.messages`.

    `encode()` may run in another thread than the rest, one call at a time and in the order in
    which the messages are sent. After `decode()` has failed, or has not been read to its end,
    the connection is to be failed: what follows would be inflated to something else.

    packed_in, packed_out: bytes of all encoded messages; plain_in, plain_out: what they stand for.
    """

    __slots__ = (
        "_agreement",
        "_budget",
        "_compressor",
        "_engine",
        "_given",
        "_inflater",
        "_settings",
        "_stream",
        "_window",
        "packed_in",
        "packed_out",
        "plain_in",
        "plain_out",
    )

    def __init__(
        self, agreement: Agreement, settings: DeflateSettings, engine: Engine = zlib
    ) -> None:
        self._agreement = agreement
        self._settings = settings
        self._engine = engine
        self._compressor: Compressor | None = None
        self._inflater: Decompressor | None = None
        self._stream = BETWEEN
        self._window = b""
        self._given = 0
        self._budget = BUDGET
        self.packed_in = self.packed_out = self.plain_in = self.plain_out = 0

    @property
    def form(self) -> int:
        """Tell the frames apart by all that our compressor depends on, in one number."""
        if self._agreement.server_takeover:
            return ALONE
        settings = self._settings
        bits = self._agreement.server_window_bits  # four bits each, but for the threshold
        return bits | settings.level << 4 | settings.mem_level << 8 | settings.threshold << 12

    def max_encoded(self, size: int) -> int:
        """Bytes that a message of `size` bytes may have when encoded.

        The codes that the RFC fixes make an eighth more of the least favourable bytes, and stored
        blocks less than that; the quarter leaves room for flushes.
        """
        return size + (size >> 2) + BUDGET

    def encode(self, payload: bytes) -> bytes | None:
        """Compress a message (section 7.2.1); None where it is below the threshold."""
        if len(payload) < self._settings.threshold:
            return None
        compressor = self._compressor or self._make_compressor()
        encoded = compressor.compress(payload) + compressor.flush(zlib.Z_SYNC_FLUSH)
        if self._agreement.server_takeover:
            self._compressor = compressor
        self.plain_out += len(payload)
        self.packed_out += len(encoded) - len(TAIL)
        return encoded[: -len(TAIL)]

    @property
    def has_compressor(self) -> bool:
        """Whether there is one; it may hold some tens of KiB."""
        return self._compressor is not None

    @property
    def has_inflater(self) -> bool:
        """Whether there is one; it may hold some ten KiB."""
        return self._inflater is not None

    def release_compressor(self) -> None:
        """Free the compressor of a connection that sends nothing; not while `encode()` runs.

        The message after that refers to none before it, which any inflater can read. Ours must
        stay where the client takes its context over; elsewhere it is gone after each message.
        """
        self._compressor = None

    def release_inflater(self) -> None:
        """Free the inflater of a connection that receives nothing; inside a message it stays.

        What the client may refer to is kept, and goes into the next inflater.
        """
        inflater = self._inflater
        if inflater is not None and self._stream is BETWEEN:
            size = self._window_size()
            if size:
                self._window = pack(inflater.decompress(repetition(size), size))
            self._inflater = None

    def decode(self, payload: bytes, final: bool) -> Iterator[bytes]:
        """Inflate a piece of a message (section 7.2.2), in pieces of at most PIECE bytes.

        Raises InvalidPayload for what is no DEFLATE data or not all of it, and MessageTooBig for
        data that stand for next to nothing.
        """
        if self._stream is HALFWAY:
            raise RuntimeError("an inflater that stopped half-way must not be used again")
        self._stream = HALFWAY
        self.packed_in += len(payload)
        try:
            for start in range(0, len(payload), FEED):
                yield from self._inflate(payload[start : start + FEED])
            if final:
                self._end_message()
        except self._engine.error:
            raise InvalidPayload("a compressed message must be valid DEFLATE data") from None
        self._stream = BETWEEN if final else INSIDE

    def _inflate(self, data: bytes) -> Iterator[bytes]:
        """Inflate up to FEED bytes and give all that they stand for.

        A block with BFINAL 1 ends a stream inside a message (section 7.2.3.4), and what follows
        is another one. It cannot refer to what was before (RFC 1951 section 3.2.3).
        """
        size, full = len(data), False
        while data or full:
            inflater = self._inflater or self._make_inflater()
            piece = inflater.decompress(data, PIECE)
            if piece:
                self._given += len(piece)
                self.plain_in += len(piece)
                self._budget += BUDGET_PER_BYTE * len(piece)
                yield piece
            if inflater.eof:
                data, full, self._inflater = inflater.unused_data, False, None
            else:
                # A result of full length may have left more inside zlib, with no data to show it.
                data, full = inflater.unconsumed_tail, len(piece) == PIECE
        self._spend(size)

    def _end_message(self) -> None:
        """Put the tail back, and check that the message ends there, between two blocks.

        zlib says nothing of a stream that is cut off: what is missing would be taken from the
        next message. Only a stream that stands between two blocks ends with LAST_BLOCK, and only
        the tail of an empty block gives no byte.
        """
        inflater = self._inflater or self._make_inflater()
        probe = inflater.copy() if self._agreement.client_takeover else inflater
        given = probe.decompress(TAIL + LAST_BLOCK, PIECE)
        if given or not probe.eof or probe.unused_data not in (b"", LAST_BLOCK):
            raise InvalidPayload("a compressed message is cut off")
        if self._agreement.client_takeover:
            inflater.decompress(TAIL, PIECE)
        if inflater.eof:
            self._inflater = None
        self._budget = BUDGET

    def _spend(self, cost: int) -> None:
        self._budget -= cost
        if self._budget < 0:
            raise MessageTooBig("a compressed message is longer than what it stands for")

    def _make_compressor(self) -> Compressor:
        return self._engine.compressobj(
            level=self._settings.level,
            wbits=-self._agreement.server_window_bits,
            memLevel=self._settings.mem_level,
        )

    def _make_inflater(self) -> Decompressor:
        """Begin a stream, or go on with the one whose inflater was released."""
        self._spend(STREAM_COST)
        inflater = self._engine.decompressobj(wbits=-self._agreement.client_window_bits)
        if self._window:
            # Room for more than there is: where that is full, zlib leaves the end for later.
            inflater.decompress(self._window, self._window_size() + 1)
            self._window = b""
        else:
            self._given = 0
        self._inflater = inflater
        return inflater

    def _window_size(self) -> int:
        return min(self._given, 1 << self._agreement.client_window_bits)
