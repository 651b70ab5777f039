"""Event loops: the kind that is asked for, and an end of all that runs in one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from wsgate.errors import ConfigError

ABANDON_TIME = 1.0
"""Seconds that cancelled calls of the application get before the process ends without them."""


def new_event_loop(kind: str) -> asyncio.AbstractEventLoop:
    """Make an event loop; kind: auto (uvloop where it is installed), uvloop or asyncio."""
    if kind == "asyncio":
        return asyncio.new_event_loop()
    try:
        import uvloop
    except ImportError:
        if kind == "uvloop":
            raise ConfigError("--loop uvloop is not installed: install it, or use auto") from None
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


@contextmanager
def fresh_loop(kind: str) -> Iterator[asyncio.AbstractEventLoop]:
    """Make an event loop, as `new_event_loop`, and end at last all that is left in it."""
    loop = new_event_loop(kind)
    try:
        yield loop
    finally:
        loop.run_until_complete(cancel_all())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def cancel_all() -> None:
    """Cancel what the application left running, and give it a bounded time to end."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    if left:
        await asyncio.wait(left, timeout=ABANDON_TIME)
