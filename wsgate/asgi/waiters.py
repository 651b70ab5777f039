"""Waiting for something that another callback brings about."""

from __future__ import annotations

import asyncio


class Waiters:
    """The tasks that wait for one condition; each looks again when it is woken.

    One Future a wait: cancelling a task touches no other, and nothing is lost, since a wake
    carries nothing.
    """

    __slots__ = ("_futures", "_loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._futures: list[asyncio.Future[None]] | None = None

    def future(self) -> asyncio.Future[None]:
        """Give a Future that the next `wake()` completes; await it at once."""
        future = self._loop.create_future()
        waiting = [each for each in self._futures or () if not each.done()]
        self._futures = [*waiting, future]
        return future

    def wake(self) -> None:
        """Wake all who wait."""
        futures, self._futures = self._futures, None
        for future in futures or ():
            if not future.done():
                future.set_result(None)
