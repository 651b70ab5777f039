"""Free memory, given back to the system (malloc_trim(3)).

What lies between blocks in use, glibc's malloc keeps for good unless it is asked. Other allocators
cannot be asked.
"""

from __future__ import annotations

import ctypes
from typing import Final

from wsgate.net.clock import Clock, Deadline

ENOUGH: Final = 8 * 1024 * 1024
"""Bytes that are worth it."""

PAUSE: Final = 5.0
"""Seconds in which more may be freed, so that it is done seldom.

The event loop stands still for it: a millisecond for 5 MiB, and one for a thousand connections.
"""


class Trimmer:
    """Give memory back to the system when less of it is in use than there was.

    What is freed and taken again costs nothing: only a fall of what is in use counts.
    """

    __slots__ = ("_clock", "_deadline", "_in_use", "_most")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._deadline: Deadline | None = None
        self._in_use = 0
        self._most = 0

    def watch(self, in_use: int) -> None:
        """Learn how many bytes are in use now."""
        self._in_use = in_use
        if in_use > self._most:
            self._most = in_use
        elif self._most - in_use >= ENOUGH and self._deadline is None:
            self._deadline = Deadline(self._clock, self)
            self._deadline.arm(PAUSE)

    def deadline_reached(self) -> None:
        """Give back."""
        self._deadline = None
        self._most = self._in_use
        trim()


def trim() -> bool:
    """Give the free pages back to the system; False where there are none, or it cannot be asked."""
    malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return malloc_trim is not None and bool(malloc_trim(0))
