"""The end of a connection whose peer takes nothing of what is sent to it."""

from __future__ import annotations

import asyncio
import fcntl
import sys
import termios
from typing import Final, Protocol

from wsgate.net.clock import SECOND_LOOK, Clock, Deadline

LOOKS: Final = 4
"""Looks in the time."""


class Sender(Protocol):
    """Who sends."""

    def stalled(self) -> None:
        """End: the peer has taken nothing."""


class Stall:
    """Looks whether what waits to be sent becomes less, from `begin()` to `end()`.

    seconds: in which it has to, at most a quarter of it more; 0 is for ever. What is added
    meanwhile, as our own pings, is no sign of life.
    """

    __slots__ = ("_clock", "_deadline", "_seconds", "_sender", "_transport", "_unsent", "_until")

    def __init__(
        self, clock: Clock, sender: Sender, transport: asyncio.Transport, seconds: float
    ) -> None:
        self._clock = clock
        self._sender = sender
        self._transport = transport
        self._seconds = seconds
        self._deadline = Deadline(clock, self)
        self._unsent = 0
        self._until = 0.0

    def begin(self) -> None:
        """Look from now on: the send buffer is over its mark."""
        if self._seconds:
            self._unsent = unsent(self._transport)
            self._wait_on()

    def end(self) -> None:
        """Look no more: there is room."""
        self._deadline.disarm()

    def deadline_reached(self) -> None:
        """Look."""
        before, self._unsent = self._unsent, unsent(self._transport)
        now = self._clock.now()
        if self._unsent < before:
            self._wait_on()
        elif self._until > now:
            self._deadline.arm(min(self._until - now, self._seconds / LOOKS))
        elif self._until > 0:
            self._until = 0.0
            self._deadline.arm(SECOND_LOOK)
        else:
            self._sender.stalled()

    def drop(self) -> None:
        """Forget the sender: it has ended."""
        self._deadline.drop()

    def _wait_on(self) -> None:
        self._until = self._clock.now() + self._seconds
        self._deadline.arm(self._seconds / LOOKS)


def unsent(transport: asyncio.Transport) -> int:
    """Give the bytes that the peer has not acknowledged, in the transport and in the kernel.

    The kernel may have megabytes, and ask for more only when a third of them is gone.
    """
    size = transport.get_write_buffer_size()
    sock = transport.get_extra_info("socket")
    if sock is not None:
        try:
            in_kernel = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, bytes(4))
        except (OSError, ValueError):
            pass  # the system does not tell, or there is no socket any more
        else:
            size += int.from_bytes(in_kernel, sys.byteorder)
    return size
