"""Waiting for something that another callback brings about."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import Any, cast


class Wait:
    """Await a Future, by an iterator that has no `throw()`.

    A compiled coroutine hands an exception on as `throw(type, value, traceback)`, which a Future's
    own iterator has called deprecated since Python 3.12; where there is none, it raises at once.
    """

    __slots__ = ("_future",)

    def __init__(self, future: asyncio.Future[None]) -> None:
        self._future = future

    def __await__(self) -> Generator[Any, None, None]:
        """Give what a task steps."""
        return cast("Generator[Any, None, None]", self)

    def __iter__(self) -> Wait:
        """Give itself."""
        return self

    def __next__(self) -> asyncio.Future[None]:
        """Suspend the task, then let it go on."""
        future = self._future
        if future.done():
            future.result()
            raise StopIteration
        future._asyncio_future_blocking = True
        return future


class Waiters:
    """The tasks that wait for one condition; each looks again when it is woken.

    One Future a wait: cancelling a task touches no other, and nothing is lost, since a wake
    carries nothing.
    """

    __slots__ = ("_futures", "_loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._futures: list[asyncio.Future[None]] | None = None

    def wait(self) -> Wait:
        """Give what ends with the next `wake()`; await it at once."""
        return Wait(self.future())

    def future(self) -> asyncio.Future[None]:
        """Give a Future that the next `wake()` completes."""
        future = self._loop.create_future()
        waiting = [each for each in self._futures or () if not each.done()]
        self._futures = [*waiting, future]
        return future

    def wake(self) -> None:
        """Wake all who wait."""
        futures = self._futures
        if futures is None:
            return
        self._futures = None
        for future in futures:
            if not future.done():
                future.set_result(None)
