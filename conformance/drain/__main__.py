"""Drains a server under load, again and again: ``python -m conformance.drain --help``."""

from __future__ import annotations

import argparse
import asyncio
import resource
import signal
import sys
from collections import Counter

from conformance.drain.trial import commands, trial

ATTEMPTS = 3
"""How often a run is tried in which the clients cannot keep up."""


def main() -> int:
    """Run, print a line each; give 1 where anything was broken, 2 where it could not be seen."""
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
        for _ in range(ATTEMPTS):
            found = asyncio.run(
                trial(options.server, options.connections, order, options.port + number)
            )
            print(f"{number + 1}: {order.name}, {options.connections}: {found}", flush=True)
            if found.counts:
                total += found.broken
                break
            print(f"{number + 1}: does not count: this machine has no time for the clients")
        else:
            return 2
    print(f"{options.server}, {options.runs} runs: broken in all: {dict(total)}")
    return bool(total)


sys.exit(main())
