"""What is said again and again about a peer: the first lines, then how many more there were."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, Protocol

WINDOW: Final = 10.0
"""Seconds from the first line of a kind about a peer, in which the others are counted with it."""

HELD: Final = 1024
"""Peers and kinds that are counted at a time: many addresses must not fill the memory."""

Tell = Callable[[str, str, int, float], None]
"""Says of a peer, by its address, and a kind: so many more, in so many seconds."""


class Timer(Protocol):
    """What `asyncio.loop.call_later` gives."""

    def cancel(self) -> None:
        """Forget it."""


Later = Callable[[float, Callable[[], None]], Timer]


class _Run:
    """The lines of one kind about one peer."""

    __slots__ = ("began", "lines")

    def __init__(self, began: float) -> None:
        self.began = began
        self.lines = 0


class Repeats:
    """Bounds the lines about each peer.

    most: lines of a kind in a window; 0 is no bound. later: to tell when a window is over; without
    it, that is told with the next line. now: seconds.
    """

    def __init__(
        self,
        most: int,
        tell: Tell,
        later: Later | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = most
        self._tell = tell
        self._later = later
        self._now = now
        self._runs: dict[tuple[str, str], _Run] = {}
        self._timer: Timer | None = None

    def passes(self, client: str, kind: str) -> bool:
        """Whether a line is to be written; client: address and port, or a name."""
        if not self._most:
            return True
        self._end_old()
        key = (client.rpartition(":")[0] or client, kind)
        run = self._runs.get(key)
        if run is None:
            if len(self._runs) == HELD:
                self._end(next(iter(self._runs)))
            run = self._runs[key] = _Run(self._now())
            self._set_timer()
        run.lines += 1
        return run.lines <= self._most

    def close(self) -> None:
        """Tell what is left to tell."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for key in list(self._runs):
            self._end(key)

    def _end_old(self) -> None:
        """End the windows that are over; the oldest run stands first."""
        over = self._now() - WINDOW
        while self._runs and (first := next(iter(self._runs.items())))[1].began <= over:
            self._end(first[0])

    def _end(self, key: tuple[str, str]) -> None:
        run = self._runs.pop(key)
        more = run.lines - self._most
        if more > 0:
            self._tell(*key, more, self._now() - run.began)

    def _set_timer(self) -> None:
        if self._timer is None and self._later is not None:
            first = next(iter(self._runs.values()))
            self._timer = self._later(first.began + WINDOW - self._now(), self._time_over)

    def _time_over(self) -> None:
        self._timer = None
        self._end_old()
        if self._runs:
            self._set_timer()
