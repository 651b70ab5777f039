"""What ends a server from outside: signals, or something that its caller waits for."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager


@contextmanager
def signals(
    loop: asyncio.AbstractEventLoop, orders: Mapping[signal.Signals, Callable[[], None]]
) -> Iterator[None]:
    """Do on each signal what is ordered; in the main thread only, as Python demands."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ignored = [each for each in orders if signal.getsignal(each) is signal.SIG_IGN]
    for each, order in orders.items():
        loop.add_signal_handler(each, order)
    try:
        yield
    finally:
        for each in orders:
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
