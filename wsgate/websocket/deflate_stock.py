"""Compressors and inflaters made some at a time, so that they lie together in memory.

Made one by one, each lies between the small and lasting objects of two connections. A connection
that is idle frees them, and what is left would hold a page of memory each, on either side.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Final, TypeVar

from wsgate.websocket.deflate import Compressor, Decompressor

TOGETHER: Final = 512 * 1024
"""Bytes of those that are made at a time."""

INFLATER_OVERHEAD: Final = 7 * 1024
"""Bytes of an inflater beside its window."""

Made = TypeVar("Made")


class Stock:
    """The `Engine` for connections that keep both between their messages; any thread may ask."""

    error: type[Exception] = zlib.error

    def __init__(self) -> None:
        self._compressors: dict[tuple[int, int, int], list[Compressor]] = {}
        self._inflaters: dict[int, list[Decompressor]] = {}

    def compressobj(self, *, level: int, wbits: int, memLevel: int) -> Compressor:  # noqa: N803
        """Give a new compressor; wbits: negative for a raw stream."""

        def make() -> Compressor:
            return zlib.compressobj(level=level, wbits=wbits, memLevel=memLevel)

        ready = self._compressors.setdefault((level, wbits, memLevel), [])
        return _take(ready, make, compressor_size(-wbits, memLevel))

    def decompressobj(self, *, wbits: int) -> Decompressor:
        """Give a new inflater; that of an empty dictionary has its window from the start."""

        def make() -> Decompressor:
            return zlib.decompressobj(wbits=wbits, zdict=b"")

        return _take(self._inflaters.setdefault(wbits, []), make, inflater_size(-wbits))


def _take(ready: list[Made], make: Callable[[], Made], size: int) -> Made:
    try:
        return ready.pop()
    except IndexError:
        ready += [make() for _ in range(TOGETHER // size)]
        return make()


def compressor_size(window_bits: int, mem_level: int) -> int:
    """Bytes that a compressor holds, as zlib's documentation (zconf.h) has it."""
    return (1 << (window_bits + 2)) + (1 << (mem_level + 9))


def inflater_size(window_bits: int) -> int:
    """Bytes that an inflater holds, likewise."""
    return (1 << window_bits) + INFLATER_OVERHEAD
