"""An input of a fuzzer, read as a few decisions and what is left behind them.

The same reading serves the fuzzer and plain pytest, so that a file of the corpus means the same to
both: the decisions stand in front, one byte each, and the rest is the stream as it is on the wire.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

SHORT = 80
"""Bytes of a stream that come one by one."""


class Choices:
    """A cursor over an input; behind its end there are only zeros."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def __bool__(self) -> bool:
        return self._at < len(self._data)

    def take(self, size: int) -> bytes:
        """At most so many bytes."""
        taken = self._data[self._at : self._at + size]
        self._at += len(taken)
        return taken

    def number(self) -> int:
        """0 to 255."""
        return self.take(1)[0] if self else 0

    def pick(self, options: Sequence[T]) -> T:
        return options[self.number() % len(options)]

    def rest(self) -> bytes:
        return self.take(len(self._data))


def pieces(stream: bytes, sizes: Sequence[int]) -> list[bytes]:
    """Cut a stream into pieces of these sizes, over and over; 0 stands for all that is left."""
    cut: list[bytes] = []
    while stream:
        size = sizes[len(cut) % len(sizes)] if sizes else 0
        cut.append(stream[: size or None])
        stream = stream[len(cut[-1]) :]
    return cut


def ways(stream: bytes, sizes: Sequence[int]) -> list[list[bytes]]:
    """The ways in which a stream comes: whole, in these pieces, and its begin byte by byte."""
    short = pieces(stream[:SHORT], [1])
    return [[stream], pieces(stream, sizes), [*short, stream[SHORT:]]]
