"""The end of a websocket that carries no message."""

from __future__ import annotations

from typing import Final, Protocol

from wsgate.net.clock import SECOND_LOOK, Clock, Deadline

LOOKS: Final = 4
"""Looks in the time; a websocket without a message is closed at most one of them late."""

Traffic = tuple[int, int, int]
"""What any message, and any piece of one, changes."""


class Carrier(Protocol):
    """Who carries messages."""

    def traffic(self) -> Traffic | None:
        """Tell where the count is; None where nobody can know."""

    def fall_idle(self) -> None:
        """End."""


class Idle:
    """Looks whether there has been a message, in either direction, for so many seconds.

    Nothing is done for a message: what changes with each is compared, a few times in that time.
    """

    __slots__ = ("_carrier", "_clock", "_deadline", "_last", "_seconds", "_until")

    def __init__(self, clock: Clock, carrier: Carrier, seconds: float) -> None:
        self._carrier = carrier
        self._clock = clock
        self._seconds = seconds
        self._deadline = Deadline(clock, self)
        self._last = carrier.traffic()
        self._until = clock.now() + seconds
        self._deadline.arm(seconds / LOOKS)

    def deadline_reached(self) -> None:
        """Look."""
        now, traffic = self._clock.now(), self._carrier.traffic()
        if traffic is None or traffic != self._last:
            self._last = traffic
            self._until = now + self._seconds
            self._deadline.arm(self._seconds / LOOKS)
        elif self._until > now:
            self._deadline.arm(min(self._until - now, self._seconds / LOOKS))
        elif self._until > 0:
            self._until = 0.0
            self._deadline.arm(SECOND_LOOK)
        else:
            self._carrier.fall_idle()

    def drop(self) -> None:
        """Forget the carrier: it has ended."""
        self._deadline.drop()
