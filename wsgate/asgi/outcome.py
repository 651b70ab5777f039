"""How a call of the application ended."""

from __future__ import annotations

import asyncio
import logging

from wsgate.errors import Disconnected

logger = logging.getLogger("wsgate.error")


def error_of(task: asyncio.Future[None]) -> BaseException | None:
    """Give what the application raised, None where it returned.

    It is logged, once, with its traceback; not so a Disconnected that escaped, which is nobody's
    mistake, and a cancellation, which was ours.
    """
    if task.cancelled():
        return asyncio.CancelledError()
    error = task.exception()
    if error is not None and not isinstance(error, Disconnected):
        logger.error("Exception in the ASGI application", exc_info=error)
    return error
