"""Signals as the master takes them: one after the other, when it has time."""

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

WATCHED = (
    signal.SIGTERM,
    signal.SIGINT,
    signal.SIGHUP,
    signal.SIGTTIN,
    signal.SIGTTOU,
    signal.SIGUSR1,
    signal.SIGCHLD,
)
"""Signals that the master acts on."""


@contextmanager
def signals_received() -> Iterator[socket.socket]:
    """Give a socket from which the numbers of the signals in WATCHED are read, a byte each."""
    ours, pythons = socket.socketpair()
    with ours, pythons:
        pythons.setblocking(False)
        before = {each: signal.signal(each, lambda *_: None) for each in WATCHED}
        wakeup = signal.set_wakeup_fd(pythons.fileno(), warn_on_full_buffer=False)
        try:
            yield ours
        finally:
            signal.set_wakeup_fd(wakeup)
            for each, handler in before.items():
                signal.signal(each, handler)
