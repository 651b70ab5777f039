"""When a websocket without a message is closed, on an event loop whose time passes by itself."""

from __future__ import annotations

import pytest

from tests.net.skipping import START, SkippingLoop
from wsgate.net.clock import SECOND_LOOK, TICK, Clock
from wsgate.net.idle import Idle, Traffic

IDLE = 40.0
LATE = IDLE / 4 + SECOND_LOOK + 2 * TICK


class Carrier:
    """Notes when it fell idle."""

    def __init__(self, loop: SkippingLoop) -> None:
        self._loop = loop
        self.counts: Traffic | None = (0, 0, 0)
        self.idle_at: list[float] = []

    def traffic(self) -> Traffic | None:
        return self.counts

    def fall_idle(self) -> None:
        self.idle_at.append(self._loop.time() - START)


@pytest.fixture
def carrier(loop: SkippingLoop) -> Carrier:
    return Carrier(loop)


def test_no_message_at_all(loop: SkippingLoop, clock: Clock, carrier: Carrier) -> None:
    Idle(clock, carrier, IDLE)
    loop.run_until(START + 10 * IDLE)
    assert carrier.idle_at == [pytest.approx(IDLE + LATE / 2, abs=LATE / 2)]


@pytest.mark.parametrize(
    "counts", [(1, 0, 0), (0, 1, 0), (0, 0, 1)], ids=["received", "sent", "begun"]
)
def test_the_time_begins_with_the_last_message(
    loop: SkippingLoop, clock: Clock, carrier: Carrier, counts: Traffic
) -> None:
    Idle(clock, carrier, IDLE)
    received, sent, begun = counts
    for number in (1, 2, 3):
        loop.run_until(START + number * 0.9 * IDLE)
        carrier.counts = (number * received, number * sent, number * begun)
    loop.run_until(START + 10 * IDLE)
    assert carrier.idle_at == [pytest.approx(3.7 * IDLE + LATE / 2, abs=LATE / 2)]


def test_nobody_is_idle_while_we_do_not_read(
    loop: SkippingLoop, clock: Clock, carrier: Carrier
) -> None:
    Idle(clock, carrier, IDLE)
    carrier.counts = None
    loop.run_until(START + 5 * IDLE)
    carrier.counts = (0, 0, 0)
    loop.run_until(START + 10 * IDLE)
    assert carrier.idle_at == [pytest.approx(6 * IDLE + LATE / 2, abs=LATE / 2)]


def test_a_message_that_came_while_the_loop_was_blocked(
    loop: SkippingLoop, clock: Clock, carrier: Carrier
) -> None:
    """Timers come before sockets: it is read between the last two looks."""
    Idle(clock, carrier, IDLE)
    loop.run_until(START + 0.9 * IDLE)
    loop.selector.now += IDLE
    loop.run_until(loop.time() + TICK)
    carrier.counts = (1, 0, 0)
    loop.run_until(START + 2.8 * IDLE)
    assert carrier.idle_at == []
    loop.run_until(START + 10 * IDLE)
    assert len(carrier.idle_at) == 1


def test_dropped(loop: SkippingLoop, clock: Clock, carrier: Carrier) -> None:
    Idle(clock, carrier, IDLE).drop()
    loop.run_until(START + 10 * IDLE)
    assert carrier.idle_at == []
