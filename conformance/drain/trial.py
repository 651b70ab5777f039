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
from typing import NamedTuple

from conformance.drain.crowd import Crowd
from conformance.drain.resets import Resets
from conformance.drain.verdict import broken, spread
from tests.e2e.process import Process

APPLICATION = "conformance.drain.application:app"
INTERVAL = 5.0
"""Seconds in which each side of a connection says something, on average."""

DRAIN_TIME = 4.0

LATE = 2.0
"""Seconds that the clients may come late; servers wait for some seconds for them to answer."""


class Trial(NamedTuple):
    """One drain. broken: what of the promise, how often. late: seconds by which the clients were.

    length: seconds from the first Close to the last. most: of them in one second.
    """

    broken: Counter[str]
    late: float
    length: float
    most: int

    @property
    def counts(self) -> bool:
        """Whether the clients kept up; if not, nothing was shown, good or bad."""
        return self.late <= LATE

    def __str__(self) -> str:
        return (
            f"closed within {self.length:.1f} s, at most {self.most} in a second; clients at most "
            f"{1000 * self.late:.0f} ms late; broken: {dict(self.broken)}"
        )


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
) -> Trial:
    """Open, talk, give the order at a random time, and compare what both sides wrote down."""
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
            resets = Resets(port)
            process.send(order)
            await asyncio.wait_for(crowd.end(), 120)
            talking.cancel()
            process.end() if order is signal.SIGHUP else process.wait()
            found = broken(crowd.clients, journal, 1012)
            found["(e) RST segments sent"] += resets.count()
        finally:
            process.let_go()
    return Trial(+found, crowd.late, *spread(crowd.clients))
