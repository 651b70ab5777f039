"""The part that a worker has of all connections, where several workers accept on one socket.

They share a table of 64-bit numbers: how many rows are in use, then a row for each worker with the
number of its open connections, which that worker alone writes. WebSockets live for hours, so who
is quicker to accept by chance would stay the busier one: a worker far over the mean stops accepting
until the others have caught up.
"""

from __future__ import annotations

from typing import Final

AWAY: Final = -1
"""In the row of one that accepts no more, or not yet: it does not count."""

EXCESS: Final = 1.05
SLACK: Final = 4
"""A worker may be over the mean by that factor and that number of connections."""


class Share:
    """A worker's view of the table; row: its own, from 1 on."""

    __slots__ = ("_row", "_table")

    def __init__(self, table: memoryview, row: int) -> None:
        self._table = table
        self._row = row

    def publish(self, connections: int) -> None:
        """Tell how many are open here."""
        self._table[self._row] = connections

    def leave(self) -> None:
        """Count no more."""
        self._table[self._row] = AWAY

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
        rows: list[int] = self._table[1 : self._table[0] + 1].tolist()
        return [count for count in rows if count != AWAY]
