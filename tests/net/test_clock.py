"""The one timer of a worker, on a real event loop whose time passes when there is nothing to do."""

from __future__ import annotations

import gc
import logging
import math
import time
import weakref
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

import pytest

from tests.net.skipping import START, SkippingLoop
from wsgate.net import clock as clock_module
from wsgate.net.clock import NEVER, TICK, Clock, Deadline


class Owner:
    """Writes down when its deadline was reached; acts then, where it has something to do."""

    def __init__(self, loop: SkippingLoop, clock: Clock) -> None:
        self._loop = loop
        self.deadline = Deadline(clock, self)
        self.reached: list[float] = []
        self.then: Callable[[], None] = lambda: None

    def deadline_reached(self) -> None:
        assert self.deadline.at == NEVER
        self.reached.append(self._loop.time() - START)
        self.then()


@pytest.fixture
def owner(loop: SkippingLoop, clock: Clock) -> Owner:
    return Owner(loop, clock)


def in_the_tick_of(delay: float) -> Any:
    """Not before the deadline, and at most a tick behind it."""
    return pytest.approx(delay + TICK / 2, abs=TICK / 2 + 1e-6)


@pytest.mark.parametrize("delay", [0.01, 0.1, 0.25, 5.0, 86_400.0])
def test_reached_once(loop: SkippingLoop, owner: Owner, delay: float) -> None:
    owner.deadline.arm(delay)
    loop.run_until(START + 3 * delay + 1)
    assert owner.reached == [in_the_tick_of(delay)]


def test_moved_later(loop: SkippingLoop, owner: Owner) -> None:
    owner.deadline.arm(1.0)
    loop.run_until(START + 0.9)
    owner.deadline.arm(1.0)
    loop.run_until(START + 5)
    assert owner.reached == [in_the_tick_of(1.9)]


def test_moved_later_again_and_again_costs_no_timer(loop: SkippingLoop, owner: Owner) -> None:
    owner.deadline.arm(1.0)
    for _ in range(1000):
        owner.deadline.arm(2.0)
    assert len(loop.timers) == 1
    loop.run_until(START + 5)
    assert owner.reached == [in_the_tick_of(2.0)]


def test_moved_earlier(loop: SkippingLoop, owner: Owner) -> None:
    owner.deadline.arm(10.0)
    owner.deadline.arm(1.0)
    loop.run_until(START + 20)
    assert owner.reached == [in_the_tick_of(1.0)]


def test_moved_earlier_and_later_again(loop: SkippingLoop, owner: Owner) -> None:
    """Every bucket that once held it comes; it is reached in the last it was put into."""
    for delay in (10.0, 1.0, 5.0, 3.0):
        owner.deadline.arm(delay)
    loop.run_until(START + 20)
    assert owner.reached == [in_the_tick_of(3.0)]


def test_disarmed(loop: SkippingLoop, owner: Owner) -> None:
    owner.deadline.arm(1.0)
    owner.deadline.disarm()
    loop.run_until(START + 5)
    assert owner.reached == []


@pytest.mark.parametrize("delay", [0.0, -1.0])
def test_no_delay_disarms(loop: SkippingLoop, owner: Owner, delay: float) -> None:
    owner.deadline.arm(1.0)
    owner.deadline.arm(delay)
    loop.run_until(START + 5)
    assert owner.reached == []


def test_armed_after_it_was_disarmed(loop: SkippingLoop, owner: Owner) -> None:
    owner.deadline.arm(1.0)
    owner.deadline.disarm()
    loop.run_until(START + 3)
    owner.deadline.arm(1.0)
    loop.run_until(START + 6)
    assert owner.reached == [in_the_tick_of(4.0)]


def test_dropped_the_owner_is_forgotten_at_once(loop: SkippingLoop, clock: Clock) -> None:
    owner = Owner(loop, clock)
    deadline, forgotten = owner.deadline, weakref.ref(owner)
    deadline.arm(1.0)
    gc.disable()
    try:
        del owner
        assert forgotten() is not None
        deadline.drop()
        assert forgotten() is None
    finally:
        gc.enable()
    deadline.arm(0.5)
    loop.run_until(START + 5)


def test_armed_anew_when_it_is_reached(loop: SkippingLoop, owner: Owner) -> None:
    owner.then = lambda: owner.deadline.arm(1.0)
    owner.deadline.arm(1.0)
    loop.run_until(START + 3.5)
    assert owner.reached == [in_the_tick_of(1.0), in_the_tick_of(2.0), in_the_tick_of(3.0)]


def test_an_owner_drops_another_of_the_same_bucket(loop: SkippingLoop, clock: Clock) -> None:
    first, second = Owner(loop, clock), Owner(loop, clock)
    first.then = second.deadline.drop
    first.deadline.arm(1.0)
    second.deadline.arm(1.0)
    loop.run_until(START + 5)
    assert (len(first.reached), second.reached) == (1, [])


def test_many_in_one_bucket_share_a_timer(loop: SkippingLoop, clock: Clock) -> None:
    owners = [Owner(loop, clock) for _ in range(1000)]
    for each in owners:
        each.deadline.arm(1.0)
    assert len(loop.timers) == 1
    loop.run_until(START + 5)
    assert all(each.reached == [in_the_tick_of(1.0)] for each in owners)


def test_one_timer_for_all_and_for_the_first(loop: SkippingLoop, clock: Clock) -> None:
    owners = {delay: Owner(loop, clock) for delay in (7.0, 2.0, 9.0, 0.5, 4.0)}
    for delay, each in owners.items():
        each.deadline.arm(delay)
        assert len(loop.waiting) == 1
    assert loop.waiting == [in_the_tick_of(START + 0.5)]
    loop.run_until(START + 20)
    assert {delay: each.reached for delay, each in owners.items()} == {
        delay: [in_the_tick_of(delay)] for delay in owners
    }


def test_no_timer_when_nothing_is_armed(loop: SkippingLoop, owner: Owner) -> None:
    assert loop.timers == []
    owner.deadline.arm(1.0)
    loop.run_until(START + 5)
    assert owner.reached
    loop.run_until(START + 500)
    assert len(loop.timers) == 1


def test_a_disarmed_deadline_costs_one_look(loop: SkippingLoop, owner: Owner) -> None:
    owner.deadline.arm(1.0)
    owner.deadline.disarm()
    loop.run_until(START + 500)
    assert len(loop.timers) == 1


def test_stopped(loop: SkippingLoop, clock: Clock, owner: Owner) -> None:
    owner.deadline.arm(1.0)
    clock.stop()
    assert loop.waiting == []
    loop.run_until(START + 5)
    assert owner.reached == []


def test_a_blocked_loop_is_late_and_loses_nothing(loop: SkippingLoop, clock: Clock) -> None:
    owners = [Owner(loop, clock) for _ in range(5)]
    for delay, each in enumerate(owners, start=1):
        each.deadline.arm(float(delay))
    loop.selector.now += 60
    loop.run_until(START + 61)
    assert [each.reached for each in owners] == [[in_the_tick_of(60.0)]] * 5


def test_the_least_bit_behind_its_own_bucket(loop: SkippingLoop, owner: Owner) -> None:
    """Division rounds such a deadline into the bucket before it; it must not stay there."""
    bucket = 10_005
    at = math.nextafter(bucket * TICK, math.inf)
    assert math.ceil(at / TICK) == bucket
    owner.deadline.arm(at - START)
    assert owner.deadline.at == at
    loop.selector.now = bucket * TICK
    loop.run_until(at + 1)
    assert owner.reached == [pytest.approx(0.5)]


def test_R19_the_wall_clock_jumps(
    monkeypatch: pytest.MonkeyPatch, loop: SkippingLoop, clock: Clock, owner: Owner
) -> None:
    owner.deadline.arm(10.0)
    for wall in (2_000_000_000.0, 0.0):
        monkeypatch.setattr(time, "time", lambda wall=wall: wall)
        clock.date()
        loop.run_until(loop.time() + 1)
    assert owner.reached == []
    loop.run_until(START + 20)
    assert owner.reached == [in_the_tick_of(10.0)]


def test_the_date_is_right_and_made_once_a_second(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    made: list[int] = []

    def counted(second: int, usegmt: bool) -> str:
        made.append(second)
        return formatdate(second, usegmt=usegmt)

    monkeypatch.setattr(clock_module, "formatdate", counted)
    dates = []
    for wall in (784_111_777.0, 784_111_777.1, 784_111_777.99, 784_111_778.0, 784_111_777.5):
        monkeypatch.setattr(time, "time", lambda wall=wall: wall)
        dates.append(clock.date())
    # The example of RFC 9110 section 5.6.7.
    assert dates[:3] == [b"Sun, 06 Nov 1994 08:49:37 GMT"] * 3
    assert dates[3:] == [b"Sun, 06 Nov 1994 08:49:38 GMT", b"Sun, 06 Nov 1994 08:49:37 GMT"]
    assert made == [784_111_777, 784_111_778, 784_111_777]


def test_R18_an_owner_that_raises_costs_the_others_of_its_bucket_nothing(
    loop: SkippingLoop, clock: Clock
) -> None:
    """It is reached again a second later, and the error goes where those of callbacks go."""
    told: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, context: told.append(context))
    owners = [Owner(loop, clock) for _ in range(3)]
    errors = [MemoryError("once")]

    def fail() -> None:
        if errors:
            raise errors.pop()

    owners[1].then = fail
    for each in owners:
        each.deadline.arm(1.0)
    loop.run_until(START + 5)
    assert [each.reached for each in owners] == [
        [in_the_tick_of(1.0)],
        [in_the_tick_of(1.0), in_the_tick_of(2.0)],
        [in_the_tick_of(1.0)],
    ]
    assert [str(each["exception"]) for each in told] == ["once"]


def test_R27_a_block_is_told_and_does_not_count(
    loop: SkippingLoop, clock: Clock, owner: Owner, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "wsgate.error")
    owner.deadline.arm(1.0)
    loop.selector.now += 46
    awake = clock.awake()
    loop.run_until(START + 47)
    owner.deadline.arm(1.0)
    loop.run_until(START + 50)
    assert caplog.messages == ["The event loop was blocked for 45.0 s"]
    assert clock.blocked == pytest.approx(45.0)
    assert clock.awake() - awake == pytest.approx(50 - 46 - 45)
