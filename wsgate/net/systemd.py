"""What systemd is told of a server that is its own only process."""

from __future__ import annotations

import asyncio

from wsgate import notify


async def report(started: asyncio.Event, stopping: asyncio.Event) -> None:
    """Tell of the start and of the end, and give signs of life meanwhile, until cancelled.

    Where the event loop is blocked there is no sign of life: the watchdog restarts the service.
    """
    if not notify.wanted():
        return
    await started.wait()
    notify.ready()
    beating = asyncio.ensure_future(_beat())
    try:
        await stopping.wait()
        notify.stopping()
        await beating  # a drain takes its time
    finally:
        beating.cancel()


async def _beat() -> None:
    while interval := notify.watchdog_interval():
        notify.alive()
        await asyncio.sleep(interval)
