"""One drain: a server under load gets a signal at a random time, and both sides are asked."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import tempfile
from collections import Counter
from pathlib import Path

from conformance.drain.crowd import Crowd
from conformance.drain.verdict import broken, resets_sent, spread
from tests.e2e.process import Process

APPLICATION = "conformance.drain.application:app"
INTERVAL = 5.0
"""Seconds in which each side of a connection says something, on average."""

DRAIN_TIME = 4.0


def commands(port: int, drain_time: float = DRAIN_TIME) -> dict[str, list[str]]:
    """How each server is started, with two workers."""
    times = ("--drain-time", f"{drain_time:g}", "--drain-linger", "0.5")
    common = [APPLICATION, "--port", str(port), "--workers", "2", "--no-access-log"]
    common += ["--timeout-graceful-shutdown", "40"]
    return {
        "wsgate": [sys.executable, "-m", "wsgate", *common, *times],
        "uvicorn": [
            *(os.environ.get("UVICORN", f"{sys.executable} -m uvicorn").split()),
            *common,
        ],
    }


async def trial(
    server: str,
    count: int,
    order: signal.Signals,
    port: int,
    interval: float = INTERVAL,
    drain_time: float = DRAIN_TIME,
) -> tuple[Counter[str], str]:
    """Open, talk, give the order at a random time; what was broken, and the spread in words."""
    with tempfile.TemporaryDirectory() as directory:
        journal = Path(directory, "journal")
        os.environ |= {"JOURNAL": str(journal), "INTERVAL": str(interval)}
        process = Process(commands(port, drain_time)[server])
        try:
            process.wait_for_times(2, "Application startup complete")
            crowd = Crowd("127.0.0.1", port)
            await crowd.open(count)
            talking = asyncio.ensure_future(crowd.talk(interval))
            await asyncio.sleep(random.uniform(0, 2 * interval))
            resets = resets_sent()
            process.send(order)
            await asyncio.wait_for(crowd.end(), 120)
            talking.cancel()
            resets = resets_sent() - resets
            process.end() if order is signal.SIGHUP else process.wait()
            found = broken(crowd.clients, journal, 1012)
        finally:
            process.let_go()
    if resets:
        found["(e) RST segments sent"] += resets
    length, share = spread(crowd.clients)
    return found, f"closed within {length:.1f} s, at most {share:.0%} in a tenth of it"
