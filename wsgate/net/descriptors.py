"""The file descriptors of the process: whether there are some left for further connections.

Where there is none, the event loops are of no help: asyncio tries again for each connection that
waits, and logs each try with its traceback; uvloop accepts what waits only to close it. And the
application needs some for its files and databases.
"""

from __future__ import annotations

import os
import resource
from typing import Final

RESERVE: Final = 64
"""What is kept for others than new connections, or a quarter where there are few."""

UNLIMITED: Final = 1 << 31


class Descriptors:
    """Looks whether enough are left. limit: RLIMIT_NOFILE when this is made.

    The system does not say how many there are, so it is tried; and not for each connection.
    """

    __slots__ = ("_next_look", "_reserve", "_step", "limit")

    def __init__(self) -> None:
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        self.limit = UNLIMITED if soft == resource.RLIM_INFINITY else soft
        self._reserve = min(RESERVE, self.limit // 4)
        self._step = self._reserve // 4
        self._next_look = 0

    def scarce(self, connections: int, any_descriptor: int) -> bool:
        """Whether hardly one is left; any_descriptor: one that is open."""
        if connections < self._next_look:
            self._next_look = min(self._next_look, connections + self._step)
            return False
        if not can_have(self._reserve, any_descriptor):
            return True
        self._next_look = connections + self._step
        return False


def can_have(count: int, any_descriptor: int) -> bool:
    """Whether so many descriptors may be opened now."""
    taken: list[int] = []
    try:
        for _ in range(count):
            taken.append(os.dup(any_descriptor))
    except OSError:
        return False
    finally:
        for each in taken:
            os.close(each)
    return True
