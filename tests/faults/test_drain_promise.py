"""What the drain promises, checked from both sides; conformance/drain does it with thousands."""

from __future__ import annotations

import asyncio
import signal
import socket

import pytest

from conformance.drain.trial import trial


@pytest.mark.once
@pytest.mark.parametrize("order", [signal.SIGTERM, signal.SIGHUP])
def test_R30_nothing_is_lost_that_was_accepted(order: signal.Signals) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    found = asyncio.run(trial("wsgate", 200, order, port, interval=0.4, drain_time=0.5))
    assert not found.broken, found
