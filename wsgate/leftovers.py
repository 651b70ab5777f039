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


def bound_exit(exit_code: int, seconds: float) -> None:
    """Have the exit of this process, once it has begun, wait for threads until then at most.

    exit_code: what the process then ends with. seconds: from now on.
    """
    if _left():
        begun = threading.Event()
        # `atexit` is for when all threads have ended; this is what `concurrent.futures` uses.
        threading._register_atexit(begun.set)  # type: ignore[attr-defined]
        args = (begun, exit_code, time.monotonic() + seconds)
        threading.Thread(target=_end, args=args, name="wsgate-exit", daemon=True).start()


def _left() -> list[threading.Thread]:
    """Give the threads that an exit waits for."""
    main = threading.main_thread()
    return [each for each in threading.enumerate() if not each.daemon and each is not main]


def _end(begun: threading.Event, exit_code: int, until: float) -> None:
    begun.wait()
    for each in _left():
        each.join(max(0.0, until - time.monotonic()))
    if not (left := _left()):
        return
    names = ", ".join(each.name for each in left)
    logger.error("Threads that do not end are left behind: %s", names)
    flush_logs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # there is none, or none any more
            stream.flush()
    os._exit(exit_code)
