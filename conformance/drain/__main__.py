"""Drains a server under load, again and again: ``python -m conformance.drain --help``."""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import resource
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
TIMES = ("--drain-time", "4", "--timeout-graceful-shutdown", "40", "--drain-linger", "0.5")


def commands(port: int) -> dict[str, list[str]]:
    """How each server is started, with two workers."""
    common = [APPLICATION, "--port", str(port), "--workers", "2", "--no-access-log"]
    return {
        "wsgate": [sys.executable, "-m", "wsgate", *common, *TIMES],
        "uvicorn": [
            *(os.environ.get("UVICORN", f"{sys.executable} -m uvicorn").split()),
            *(*common, "--timeout-graceful-shutdown", "40", "--log-level", "info"),
        ],
    }


async def once(
    server: str, count: int, order: signal.Signals, port: int
) -> tuple[Counter[str], str]:
    """Open, talk, give the order at a random time; what was broken, and the spread in words."""
    with tempfile.TemporaryDirectory() as directory:
        journal = Path(directory, "journal")
        os.environ |= {"JOURNAL": str(journal), "INTERVAL": str(INTERVAL)}
        process = Process(commands(port)[server])
        try:
            process.wait_for(
                r"(?s)(?:Ready: |Application startup complete).*\n.*(?:Ready: |complete)"
            )
            crowd = Crowd("127.0.0.1", port)
            await crowd.open(count)
            talking = asyncio.ensure_future(crowd.talk(INTERVAL))
            await asyncio.sleep(random.uniform(0, 2 * INTERVAL))
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


def main() -> int:
    """Run, print a line each, and fail where anything was broken."""
    parser = argparse.ArgumentParser(prog="conformance/drain/run", description=__doc__)
    parser.add_argument("--server", choices=commands(0), default="wsgate")
    parser.add_argument("--connections", type=int, default=5000)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--signals", default="TERM,HUP", help="in turn")
    parser.add_argument("--port", type=int, default=8930)
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    orders = [signal.Signals[f"SIG{name}"] for name in options.signals.split(",")]
    total: Counter[str] = Counter()
    for number in range(options.runs):
        order = orders[number % len(orders)]
        found, how = asyncio.run(
            once(options.server, options.connections, order, options.port + number)
        )
        total += found
        print(f"{number + 1}: {order.name}, {options.connections}: {how}; broken: {dict(found)}")
    print(f"{options.server}, {options.runs} runs: broken in all: {dict(total)}")
    return bool(total)


sys.exit(main())
