"""zlib as it is, byte by byte: what a peer's compressed messages stand for (RFC 7692 7.2.2)."""

from __future__ import annotations

import zlib
from typing import NamedTuple

TAIL = b"\x00\x00\xff\xff"

MARK = b"\x01\x04\x00\xfb\xffmark"
"""A stored block with BFINAL 1, which is read as one only where a block may begin."""

EMPTY_MARK = b"\x01\x00\x00\xff\xff"

AT_ONCE = 8 * 258
"""The most that one byte of DEFLATE data stands for: eight codes, each of the longest run."""


class Inflated(NamedTuple):
    """message: None where the payload is no DEFLATE data, or is cut off.

    size: bytes that come of the payload, up to a fault. streams: how many begin in it.
    """

    message: bytes | None
    size: int
    streams: int


class Inflater:
    """The messages of one side of a connection, in their order.

    bits: of the window. exact: hold a sender to it. zlib alone lets a reference pass that goes
    beyond, as long as it stays within what the same call gives; so a call gives one byte.
    """

    def __init__(self, bits: int, takeover: bool, exact: bool) -> None:
        self.bits = bits
        self.takeover = takeover
        self.most = 1 if exact else 0
        self.context = b""

    def inflate(self, payload: bytes) -> Inflated:
        """Read a message with two marks behind it, which show whether it ends between blocks."""
        inflated, context = self._run(payload + TAIL + EMPTY_MARK)
        marked, _ = self._run(payload + TAIL + MARK)
        if inflated.message is None or marked.message != inflated.message + b"mark":
            return inflated._replace(message=None)
        without_tail, _ = self._run(payload)
        if without_tail.size < inflated.size:  # the tail was data: it was no empty block's
            return inflated._replace(message=None)
        if self.takeover:
            self.context = context[-(1 << self.bits) :]
        return inflated

    def _run(self, data: bytes) -> tuple[Inflated, bytes]:
        """Inflate streams in a row; with the result, what a next message may refer to."""
        message, context, streams = bytearray(), self.context, 0
        while data:
            output, streams = bytearray(), streams + 1
            stream = zlib.decompressobj(-self.bits, zdict=context)
            try:
                data = self._read(stream, data, output)
            except (zlib.error, EOFError):
                return Inflated(None, len(message) + len(output), streams), b""
            message += output
            context = b"" if data else context + output
        return Inflated(bytes(message), len(message), streams), context

    def _read(self, stream: zlib._Decompress, data: bytes, output: bytearray) -> bytes:
        """Read a stream to its end; give what is behind it."""
        for at in range(len(data)):
            rest = data[at : at + 1]
            while piece := stream.decompress(rest, self.most):
                output += piece
                rest = stream.unconsumed_tail
            if stream.eof:
                return stream.unused_data + data[at + 1 :]
        raise EOFError
