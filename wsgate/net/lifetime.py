"""The greatest age of a connection."""

from __future__ import annotations

from random import uniform
from typing import Protocol

from wsgate.net.clock import Clock, Deadline


class Mortal(Protocol):
    """Who has an age."""

    def expire(self) -> None:
        """End, as in a drain."""


class Lifetime:
    """Has a connection end after so many seconds, and up to `jitter` more by chance."""

    __slots__ = ("_connection", "_deadline")

    def __init__(self, clock: Clock, connection: Mortal, seconds: float, jitter: float) -> None:
        self._connection = connection
        self._deadline = Deadline(clock, self)
        self._deadline.arm(seconds + uniform(0, jitter))

    def deadline_reached(self) -> None:
        """Act."""
        self._connection.expire()

    def drop(self) -> None:
        """Forget the connection: it has ended."""
        self._deadline.drop()
