"""Ten thousand connections over four workers, and four thousand that lose theirs."""

from __future__ import annotations

import signal
import time

import pytest

from conformance.workers.storm import overflows, reconnect
from tests.e2e.crowd import crowd
from tests.e2e.fleet import fleet, kill

QUIET = ("--no-access-log", "--ws-ping-interval", "0")

on_both_loops = pytest.mark.parametrize("loop_kind", ["uvloop", "asyncio"])


@on_both_loops
def test_the_spread_over_four_workers_after_a_restart(loop_kind: str) -> None:
    options = ("--workers", "4", "--loop", loop_kind, *QUIET)
    with fleet(*options) as server, crowd(server) as clients:
        first = server.wait_for_ready(4)[0]
        clients.connect(10_000)
        before = clients.spread()
        kill(first)
        server.wait_for_ready(5)
        clients.reconnect(first)
        after = clients.spread()
        clients.close()
        server.process.end()
    print(f"\n{loop_kind}: max/mean {before:.3f}, after the restart of a worker {after:.3f}")
    assert max(before, after) <= 1.15


@on_both_loops
def test_R28_four_thousand_clients_of_a_worker_that_is_killed(loop_kind: str) -> None:
    # So many may come at once; the system's own bound is net.core.somaxconn.
    options = ("--workers", "2", "--backlog", "4096", "--loop", loop_kind, *QUIET)
    with fleet(*options) as server, crowd(server) as clients:
        first = server.wait_for_ready(2)[0]
        clients.connect(8_000)
        lost = clients.served_by(first)
        full = overflows()
        since = time.monotonic()
        kill(first)
        times = reconnect(server.port, lost, since)
        refused = overflows() - full
        server.wait_for_ready(3)
        clients.close()
        server.process.end(signal.SIGTERM)
    share = times[int(0.99 * lost) - 1]
    print(f"\n{loop_kind}: 99 % of {lost} clients reconnected after {share:.2f} s")
    assert lost >= 3_500
    assert refused == 0
