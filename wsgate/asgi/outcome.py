"""How a call of the application ended."""

from __future__ import annotations

import asyncio
import logging

from wsgate.errors import Disconnected

logger = logging.getLogger("wsgate.error")


def error_of(task: asyncio.Future[None]) -> BaseException | None:
    """Give what the application raised, None where it returned.

    It is logged, once, with its traceback; not so a Disconnected that escaped, which is nobody's
    mistake, and a cancellation, which was ours. What a framework makes of a Disconnected gets a
    line: Starlette raises ClientDisconnect for each client that leaves a stream.
    """
    if task.cancelled():
        return asyncio.CancelledError()
    error = task.exception()
    if error is None or isinstance(error, Disconnected):
        return error
    if stems_from_departure(error):
        traceback = error if logger.isEnabledFor(logging.DEBUG) else None
        logger.info("The peer was gone, and the application raised %r", error, exc_info=traceback)
    else:
        logger.error("Exception in the ASGI application", exc_info=error)
    return error


def stems_from_departure(error: object) -> bool:
    """Whether it is a Disconnected, was raised while one was handled, or groups nothing else."""
    while isinstance(error, BaseException):
        # By its attribute: Python 3.10 has no exception groups of its own (PEP 654).
        grouped = getattr(error, "exceptions", None)
        if isinstance(error, Disconnected):
            return True
        if isinstance(grouped, tuple) and grouped and all(map(stems_from_departure, grouped)):
            return True
        error = error.__cause__ or error.__context__
    return False
