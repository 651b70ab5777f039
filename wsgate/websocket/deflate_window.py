"""The window of an inflater: what a message may refer to, kept where no inflater is.

zlib's Python module has no call that gives it. A block made by hand repeats it (RFC 1951), and what
that gives is compressed, by which it takes the less memory, and any new inflater takes it in.
"""

from __future__ import annotations

import zlib
from typing import Final

LONGEST: Final = 258
"""Bytes of the longest match."""

HEADER: Final = 0b010
"""Of a block with the fixed codes that is not the last (section 3.2.3), from its lowest bit on."""
HEADER_BITS: Final = 3

LENGTH: Final = 0b10100011
"""The fixed code of the longest match, 285 (section 3.2.6), from its lowest bit on."""
LENGTH_BITS: Final = 8

DISTANCE_BITS: Final = 5
"""Of the fixed code of a distance, before its extra bits."""


def repetition(distance: int) -> bytes:
    """Make a block that repeats so many bytes (1 to 32768), the last of a stream, or some more.

    It can stand only between two blocks, and has no end: nothing can follow.
    """
    offset = distance - 1
    extra_bits = max(offset.bit_length() - 2, 0)
    extra = offset & ((1 << extra_bits) - 1)
    code = 2 * extra_bits + (offset >> extra_bits)  # which is the table of section 3.2.5
    mirrored = int(f"{code:05b}"[::-1], 2)  # codes begin with their highest bit, all else does not
    match = LENGTH | (mirrored | extra << DISTANCE_BITS) << LENGTH_BITS
    block, bits = HEADER, HEADER_BITS
    for _ in range(0, distance, LONGEST):
        block |= match << bits
        bits += LENGTH_BITS + DISTANCE_BITS + extra_bits
    return block.to_bytes((bits + 7) // 8, "little")


def pack(window: bytes) -> bytes:
    """Make blocks that stand for a window, and refer to nothing further back than any inflater."""
    compressor = zlib.compressobj(1, zlib.DEFLATED, -9, 5)
    return compressor.compress(window) + compressor.flush(zlib.Z_SYNC_FLUSH)
