"""The part that a worker has of all connections, where several workers accept on one socket.

They share a table of 64-bit numbers: how many rows are in use, then a row of two for each worker
that it alone writes: the number of its open connections, and of the places taken (`admission`).
WebSockets live for hours, so who is quicker to accept by chance would stay the busier one: a worker
far over the mean stops accepting until the others have caught up.
"""

from __future__ import annotations

from typing import Final

AWAY: Final = -1
"""In the row of one that accepts no more, or not yet: it does not count."""

EXCESS: Final = 1.05
SLACK: Final = 4
"""A worker may be over the mean by that factor and that number of connections."""


def numbers(rows: int) -> int:
    """Give how many numbers a table of so many rows has."""
    return 1 + 2 * rows


class Share:
    """A worker's view of the table; row: its own, from 1 on."""

    __slots__ = ("_places", "_row", "_table")

    def __init__(self, table: memoryview, row: int) -> None:
        self._table = table
        self._row = 2 * row - 1
        self._places = 2 * row

    def publish(self, connections: int) -> None:
        """Tell how many are open here."""
        self._table[self._row] = connections

    def leave(self) -> None:
        """Count no more; the places that are taken still do."""
        self._table[self._row] = AWAY

    def clear(self) -> None:
        """Count no more in any way: the worker is gone, or begins."""
        self.leave()
        self.hold(0)

    def hold(self, places: int) -> None:
        """Tell how many places are taken here."""
        self._table[self._places] = places

    def held(self) -> int:
        """Give how many places are taken in all workers."""
        return sum(self._table[2 : numbers(self._table[0]) : 2].tolist())

    @property
    def over(self) -> bool:
        """Whether this worker has far more than the mean."""
        return self._table[self._row] > self._mean() * EXCESS + SLACK

    @property
    def fair(self) -> bool:
        """Whether this worker, which was over it, is back at the mean."""
        return self._table[self._row] <= self._mean() + 1

    def total(self) -> int:
        """Give the number of all open connections."""
        return sum(self._counts())

    def _mean(self) -> float:
        counts = self._counts()
        return sum(counts) / len(counts) if counts else 0.0

    def _counts(self) -> list[int]:
        rows: list[int] = self._table[1 : numbers(self._table[0]) : 2].tolist()
        return [count for count in rows if count != AWAY]
