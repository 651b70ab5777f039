"""Waiting for a condition: each who waits is woken, and a cancelled one takes nothing along."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from wsgate.asgi.waiters import Waiters
from wsgate.server import new_event_loop

Scenario = Callable[[Waiters], Awaitable[None]]
Run = Callable[[Scenario], None]


@pytest.fixture
def run(loop_kind: str) -> Run:
    """Run a scenario in each event loop."""

    async def scenario_in_loop(scenario: Scenario) -> None:
        await scenario(Waiters(asyncio.get_running_loop()))

    def run_scenario(scenario: Scenario) -> None:
        loop = new_event_loop(loop_kind)
        try:
            loop.run_until_complete(scenario_in_loop(scenario))
        finally:
            loop.close()

    return run_scenario


def test_a_wake_completes_all_who_wait_and_none_who_come_later(run: Run) -> None:
    async def scenario(waiters: Waiters) -> None:
        one, two = waiters.future(), waiters.future()
        waiters.wake()
        later = waiters.future()
        await one
        await two
        assert not later.done()
        waiters.wake()
        await later

    run(scenario)


def test_a_wake_without_waiters_is_not_remembered(run: Run) -> None:
    async def scenario(waiters: Waiters) -> None:
        waiters.wake()
        assert not waiters.future().done()

    run(scenario)


def test_a_cancelled_waiter_does_not_disturb_the_others(run: Run) -> None:
    async def scenario(waiters: Waiters) -> None:
        cancelled, other = waiters.future(), waiters.future()
        cancelled.cancel()
        waiters.wake()
        await other
        assert cancelled.cancelled()

    run(scenario)


def test_cancelled_waiters_do_not_pile_up(run: Run) -> None:
    async def scenario(waiters: Waiters) -> None:
        kept = waiters.future()
        for _ in range(1000):
            waiters.future().cancel()
        assert len(waiters._futures or ()) <= 2
        waiters.wake()
        await kept

    run(scenario)
