"""What ends a server from outside: signals, or something that its caller waits for."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def signals(loop: asyncio.AbstractEventLoop, stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` on SIGINT and SIGTERM; in the main thread only, as Python demands."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ignored = [each for each in SIGNALS if signal.getsignal(each) is signal.SIG_IGN]
    for each in SIGNALS:
        loop.add_signal_handler(each, stop)
    try:
        yield
    finally:
        for each in SIGNALS:
            loop.remove_signal_handler(each)
        for each in ignored:  # as nohup has it; the loop has put Python's own handler there
            signal.signal(each, signal.SIG_IGN)


@contextmanager
def trigger(wait: Callable[[], Awaitable[object]], stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` when the wait is over; raise at the end what it raised."""
    waiting = asyncio.ensure_future(wait())

    def over(_: asyncio.Future[object]) -> None:
        stop()

    waiting.add_done_callback(over)
    try:
        yield
    finally:
        waiting.remove_done_callback(over)
        waiting.cancel()
    if waiting.done() and not waiting.cancelled():
        waiting.result()
