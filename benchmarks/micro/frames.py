"""What the peer of a case sends."""

from __future__ import annotations

import zlib

from benchmarks.micro.cases import Case

KEY = b"\x12\x34\x56\x78"

PIECE = 1 << 18
"""Bytes that the event loops read from a socket at once."""


def length_field(size: int) -> bytes:
    """Give the length of a payload as a frame has it, without the bit for the mask."""
    if size < 126:
        return bytes((size,))
    if size < 1 << 16:
        return b"\x7e" + size.to_bytes(2, "big")
    return b"\x7f" + size.to_bytes(8, "big")


def client_frame(case: Case) -> bytes:
    """Frame the message of a case as a client does: masked, and compressed by itself."""
    payload, first = case.payload, 0x81 if case.kind == "text" else 0x82
    if case.compressed:
        deflater = zlib.compressobj(wbits=-12)
        payload = (deflater.compress(payload) + deflater.flush(zlib.Z_SYNC_FLUSH))[:-4]
        first |= 0x40
    keys = (KEY * (len(payload) // 4 + 1))[: len(payload)]
    masked = int.from_bytes(payload, "big") ^ int.from_bytes(keys, "big")
    length = length_field(len(payload))
    head = bytes((first, length[0] | 0x80)) + length[1:] + KEY
    return head + masked.to_bytes(len(payload), "big")


def pieces(data: bytes) -> list[bytes]:
    """Cut into what a socket gives at once."""
    return [data[start : start + PIECE] for start in range(0, len(data), PIECE)]
