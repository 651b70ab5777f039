"""The threads that an application leaves behind: an exit waits for them, but not for ever.

A call that is cancelled leaves its thread where it is (`asyncio.to_thread`, the functions of a
framework that are no coroutines), and Python joins every thread at the end of a process.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from contextlib import suppress

from wsgate.observe.logging import flush_logs

logger = logging.getLogger("wsgate.error")


class Leftovers:
    """The threads that have begun since this was made: before the application was loaded."""

    def __init__(self) -> None:
        self._before = frozenset(threading.enumerate())

    def bound_exit(self, exit_code: int, seconds: float) -> None:
        """Have the exit of this process, once it has begun, wait for them until then at most.

        exit_code: what the process then ends with. seconds: from now on.
        """
        left = [
            each
            for each in threading.enumerate()
            if not each.daemon and each not in self._before  # Python joins no daemon
        ]
        if left:
            begun = threading.Event()
            # `atexit` is for when all threads have ended; `concurrent.futures` uses this, too.
            threading._register_atexit(begun.set)  # type: ignore[attr-defined]
            args = (left, begun, exit_code, time.monotonic() + seconds)
            threading.Thread(target=_end, args=args, name="wsgate-exit", daemon=True).start()


def _end(
    left: list[threading.Thread], begun: threading.Event, exit_code: int, until: float
) -> None:
    begun.wait()
    for each in left:
        each.join(max(0.0, until - time.monotonic()))
    names = ", ".join(each.name for each in left if each.is_alive())
    if not names:
        return
    logger.error("Threads that do not end are left behind: %s", names)
    flush_logs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # there is none, or none any more
            stream.flush()
    os._exit(exit_code)
