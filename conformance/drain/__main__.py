"""Drains a server under load, again and again: ``python -m conformance.drain --help``."""

from __future__ import annotations

import argparse
import asyncio
import resource
import signal
import sys
from collections import Counter

from conformance.drain.trial import commands, trial


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
            trial(options.server, options.connections, order, options.port + number)
        )
        total += found
        print(f"{number + 1}: {order.name}, {options.connections}: {how}; broken: {dict(found)}")
    print(f"{options.server}, {options.runs} runs: broken in all: {dict(total)}")
    return bool(total)


sys.exit(main())
