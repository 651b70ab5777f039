"""A child process that begins with nothing of its parent's but memory and descriptors."""

import atexit
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

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

THEIRS = {signal.SIGTERM, signal.SIGCHLD}
"""Those of them that do in a child what they always do; it is deaf to the others, as a terminal
sends them to all processes of a group."""


def fork(work: Callable[[], int]) -> int:
    """Start a child that does `work` and ends with the exit code which that gives; give its pid.

    The caller has one thread only. Raises OSError where there can be no further process.
    """
    _flush()
    # A signal in between would be taken for the master's.
    signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
    try:
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
