"""A child process that begins with nothing of its parent's but memory and descriptors."""

import atexit
import os
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from wsgate.supervisor.signals import WATCHED

THEIRS = {signal.SIGTERM, signal.SIGCHLD}
"""Signals of the master that do in a child what they always do; it is deaf to the others, as a
terminal sends them to all processes of a group."""


def fork(work: Callable[[], int]) -> int:
    """Start a child that does `work` and ends with the exit code which that gives; give its pid.

    The caller has one thread, and perhaps the one that writes its log, which a child has no part
    in: Python from 3.12 on warns of it. Raises OSError where there can be no further process.
    """
    _flush()
    # A signal in between would be taken for the master's.
    signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if pid == 0:
            _be_child(work)
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)
    return pid


def _be_child(work: Callable[[], int]) -> NoReturn:
    """Work and end; what the parent's stack and its exit functions would do is not ours."""
    code = 1
    try:
        atexit._clear()
        signal.set_wakeup_fd(-1)
        for each in WATCHED:
            # A handler, since what is ignored would be for the application's own processes too.
            signal.signal(each, signal.SIG_DFL if each in THEIRS else _do_nothing)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)
        code = work()
        threading._shutdown()  # type: ignore[attr-defined]  # waits for the threads, as any exit
        atexit._run_exitfuncs()
    except BaseException:
        traceback.print_exc()
    finally:
        _flush()
        os._exit(code)


def _flush() -> None:
    """Write what is buffered, which else two processes would write."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # there is none, or none any more
            stream.flush()


def _do_nothing(number: int, frame: object) -> None:
    """Take a signal that is meant for the master."""
