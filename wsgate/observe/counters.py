"""How often things have happened since a worker started: why websockets ended, what was refused.

The names are the words of the log: a cause for each websocket that ended (`wsgate.asgi.cause`),
``refused.`` and the limit for what was not let in, ``timeout.`` and what was waited for.
"""

from __future__ import annotations


class Counters:
    """Counts by name."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def count(self, name: str) -> None:
        """Take note that it happened once more."""
        self._counts[name] = self._counts.get(name, 0) + 1

    def snapshot(self) -> dict[str, int]:
        """Give the counts of what has happened, by name; what has not is missing."""
        return dict(self._counts)
