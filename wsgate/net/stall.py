"""The end of a connection whose peer takes nothing of what is sent to it."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

from wsgate.net.clock import TICK, Clock, Deadline

ANOTHER_LOOK: Final = 2 * TICK
"""Seconds until the last look: where the loop was blocked, it has sent by then what it could."""


class Sender(Protocol):
    """Who sends."""

    def stalled(self) -> None:
        """End: the peer has taken nothing."""


class Stall:
    """Looks whether what waits to be sent becomes less, from `begin()` to `end()`.

    seconds: in which the peer has to take something; 0 is for ever.
    """

    __slots__ = ("_deadline", "_seconds", "_sender", "_suspect", "_transport", "_unsent")

    def __init__(
        self, clock: Clock, sender: Sender, transport: asyncio.Transport, seconds: float
    ) -> None:
        self._sender = sender
        self._transport = transport
        self._seconds = seconds
        self._deadline = Deadline(clock, self)
        self._unsent = 0
        self._suspect = False

    def begin(self) -> None:
        """Look from now on: the send buffer is over its mark."""
        self._unsent = self._transport.get_write_buffer_size()
        self._suspect = False
        self._deadline.arm(self._seconds)

    def end(self) -> None:
        """Look no more: there is room."""
        self._deadline.disarm()

    def deadline_reached(self) -> None:
        """Look; who sends on all the same has to wait for another look."""
        if self._transport.get_write_buffer_size() != self._unsent:
            self.begin()
        elif not self._suspect:
            self._suspect = True
            self._deadline.arm(ANOTHER_LOOK)
        else:
            self._sender.stalled()

    def drop(self) -> None:
        """Forget the sender: it has ended."""
        self._deadline.drop()
