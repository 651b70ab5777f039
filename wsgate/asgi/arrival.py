"""What the application's task is woken by when a message has arrived.

A Future would do, at the price of one for each message and of a turn of the event loop, with its
poll of all sockets, between the message and the task. An Arrival is used for every wait of a
connection, and goes on with the task at once, inside of the callback that brought the message. It
is all that a Task asks of what it waits for (`_asyncio_future_blocking`, the duck type that
asyncio keeps for other implementations of Future): `current_task`, cancellation, timeouts and
context variables are those of any other wait. See docs/decisions/008.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextvars import Context
from typing import Any

from wsgate.asgi.waiters import Waiters

Resume = Callable[[Any], object]
"""A task's own callback; it takes what the task waited for."""


class Arrival:
    """Wake who waits in `receive()`: one task at once; others, should there be any, in a turn.

    What woke a task carries nothing: it looks itself whether a message is there. So none is lost
    where a task is cancelled at the same time.
    """

    __slots__ = (
        "_asyncio_future_blocking",
        "_context",
        "_loop",
        "_others",
        "_resume",
        "_woken",
        "get_loop",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._asyncio_future_blocking = False
        self._loop = loop
        self._resume: Resume | None = None
        self._context: Context | None = None
        self._others: Waiters | None = None
        self._woken = woken(loop)
        self.get_loop = self._woken.get_loop

    def ring(self) -> None:
        """Go on with the waiting task now, in a transport's callback."""
        resume, context = self._resume, self._context
        if resume is not None and context is not None:
            self._resume = self._context = None
            try:
                context.run(resume, self._woken)
            except RuntimeError:
                # A task runs already, where somebody runs a loop in a loop, and asyncio steps none
                # inside of another. (What the task itself raises stays with the task.)
                self._loop.call_soon(resume, self._woken, context=context)
            except (SystemExit, KeyboardInterrupt) as stop:
                # The loop ends by it, as by that of any task; a transport would swallow it.
                self._loop.call_soon(_raise, stop)
        if self._others is not None:
            self._others.wake()

    def wake(self) -> None:
        """Go on with all who wait, in the next turn of the loop."""
        if self._resume is not None:
            self._resume_soon(self._woken)
        if self._others is not None:
            self._others.wake()

    def __await__(self) -> Generator[Any, None, None]:
        """Wait for the next `ring()` or `wake()`."""
        if self._resume is None:
            self._asyncio_future_blocking = True
            yield self
        else:
            if self._others is None:
                self._others = Waiters(self._loop)
            yield from self._others.wait().__await__()

    # What a Task asks of a Future.

    def add_done_callback(self, resume: Resume, *, context: Context) -> None:
        """Take what continues the task."""
        self._resume = resume
        self._context = context

    def cancel(self, msg: object = None) -> bool:
        """Cancel the wait; False where the task was woken already, and is told by itself."""
        if self._resume is None:
            return False
        cancelled: asyncio.Future[None] = self._loop.create_future()
        cancelled.cancel(msg)
        self._resume_soon(cancelled)
        return True

    def _resume_soon(self, waited_for: asyncio.Future[None]) -> None:
        assert self._resume is not None
        self._loop.call_soon(self._resume, waited_for, context=self._context)
        self._resume = self._context = None


_woken: asyncio.Future[None] | None = None


def woken(loop: asyncio.AbstractEventLoop) -> asyncio.Future[None]:
    """Give what tells a task to go on: a Future that is done, one for all arrivals of a loop.

    A Task looks into a Future, but calls `result()` of whatever else it waited for: 1,400
    instructions for each message.
    """
    global _woken
    if _woken is None or _woken.get_loop() is not loop:
        _woken = loop.create_future()
        _woken.set_result(None)
    return _woken


def _raise(stop: BaseException) -> None:
    raise stop
