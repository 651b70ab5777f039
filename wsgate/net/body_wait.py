"""The time in which a peer has to send the next piece of a request's body."""

from __future__ import annotations

from enum import Enum

from wsgate.asgi.http_cycle import HttpCycle
from wsgate.net.clock import SECOND_LOOK, Deadline


class _State(Enum):
    HELD_BACK = "we have not read, or not asked for the body yet"
    DUE = "the peer is to send the next piece"
    SUSPECT = "the time is over; another look"


class BodyWait:
    """Uses a connection's deadline from one piece of a body to the next.

    Only the time counts in which the application was ready to take a piece. seconds: 0 is for ever.
    """

    __slots__ = ("_deadline", "_seconds", "_state")

    def __init__(self, deadline: Deadline, seconds: float) -> None:
        self._deadline = deadline
        self._seconds = seconds
        self._state = _State.HELD_BACK

    def begin(self, cycle: HttpCycle) -> None:
        """Wait for the next piece from now on."""
        self._state = _State.DUE if cycle.wants_body else _State.HELD_BACK
        self._deadline.arm(self._seconds)

    def is_over(self, cycle: HttpCycle) -> bool:
        """Whether the peer has let us wait; where it has not, or not for certain, wait on."""
        if self._state is _State.SUSPECT:
            return True
        if self._state is _State.DUE:
            self._state = _State.SUSPECT
            self._deadline.arm(SECOND_LOOK)
        else:
            self.begin(cycle)
        return False
