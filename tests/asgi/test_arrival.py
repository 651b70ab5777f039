"""What `receive()` waits for: all that a task may expect of a wait holds for it."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from contextlib import closing

import anyio
import pytest

from wsgate.asgi.arrival import Arrival
from wsgate.event_loop import new_event_loop

Scenario = Callable[[Arrival], Awaitable[None]]
Run = Callable[[Scenario], None]

TIMEOUT = 10


@pytest.fixture
def run(loop_kind: str) -> Run:
    """Run a scenario in each event loop."""

    async def playing(scenario: Scenario) -> None:
        await asyncio.wait_for(scenario(Arrival(asyncio.get_running_loop())), TIMEOUT)

    def run_scenario(scenario: Scenario) -> None:
        with closing(new_event_loop(loop_kind)) as loop:
            loop.run_until_complete(playing(scenario))

    return run_scenario


async def in_callback(act: Callable[[], None]) -> None:
    """Act where a transport calls its protocol: outside of any task."""
    asyncio.get_running_loop().call_soon(act)
    await asyncio.sleep(0)


async def wait_for_it(arrival: Arrival) -> str:
    await arrival
    return "woken"


async def waiting(arrival: Arrival) -> asyncio.Task[str]:
    """A task that waits already."""
    task = asyncio.create_task(wait_for_it(arrival))
    await asyncio.sleep(0)
    return task


def test_a_ring_goes_on_with_the_task_before_it_returns(run: Run) -> None:
    async def scenario(arrival: Arrival) -> None:
        task = await waiting(arrival)
        done_at_once: list[bool] = []

        def ring() -> None:
            arrival.ring()
            done_at_once.append(task.done())

        await in_callback(ring)
        assert done_at_once == [True]
        assert await task == "woken"

    run(scenario)


def test_a_ring_inside_of_another_task_waits_for_the_next_turn(run: Run) -> None:
    async def scenario(arrival: Arrival) -> None:
        task = await waiting(arrival)
        arrival.ring()
        assert not task.done()
        assert await task == "woken"

    run(scenario)


def test_a_wake_goes_on_with_the_task_in_the_next_turn(run: Run) -> None:
    async def scenario(arrival: Arrival) -> None:
        task = await waiting(arrival)
        arrival.wake()
        assert not task.done()
        assert await task == "woken"

    run(scenario)


@pytest.mark.parametrize("how", ["ring", "wake"])
def test_all_who_wait_are_woken_again_and_again(run: Run, how: str) -> None:
    async def scenario(arrival: Arrival) -> None:
        for _ in range(3):
            tasks = [await waiting(arrival) for _ in range(3)]
            await in_callback(getattr(arrival, how))
            assert await asyncio.gather(*tasks) == ["woken"] * 3

    run(scenario)


@pytest.mark.parametrize("how", ["ring", "wake"])
def test_none_is_remembered_where_nobody_waits(run: Run, how: str) -> None:
    async def scenario(arrival: Arrival) -> None:
        await in_callback(getattr(arrival, how))
        task = await waiting(arrival)
        await asyncio.sleep(0)
        assert not task.done()
        arrival.wake()
        await task

    run(scenario)


def test_R34_a_cancelled_task_ends_and_the_next_may_wait(run: Run) -> None:
    async def scenario(arrival: Arrival) -> None:
        reasons: list[object] = []

        async def work() -> None:
            try:
                await arrival
            except asyncio.CancelledError as cancelled:
                reasons.extend(cancelled.args)
                raise

        task = asyncio.create_task(work())
        await asyncio.sleep(0)
        task.cancel("enough")
        other = await waiting(arrival)
        with pytest.raises(asyncio.CancelledError):
            await task
        assert reasons == ["enough"]
        assert not other.done()
        await in_callback(arrival.ring)
        assert await other == "woken"

    run(scenario)


def test_R34_a_task_that_is_cancelled_when_it_was_woken_is_cancelled(run: Run) -> None:
    async def scenario(arrival: Arrival) -> None:
        task = await waiting(arrival)
        arrival.wake()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(scenario)


def test_a_timeout_ends_the_wait(run: Run) -> None:
    async def scenario(arrival: Arrival) -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(wait_for_it(arrival), 0.001)
        task = await waiting(arrival)
        await in_callback(arrival.ring)
        assert await task == "woken"

    run(scenario)


def test_cancel_scopes_of_anyio_end_the_wait(run: Run) -> None:
    async def scenario(arrival: Arrival) -> None:
        with anyio.move_on_after(0.001) as scope:
            await arrival
        assert scope.cancelled_caught
        async with anyio.create_task_group() as group:
            group.start_soon(wait_for_it, arrival)
            await asyncio.sleep(0)
            group.cancel_scope.cancel()

    run(scenario)


def test_the_task_runs_as_itself_in_its_own_context(run: Run) -> None:
    name = contextvars.ContextVar("name", default="nobody")

    async def scenario(arrival: Arrival) -> None:
        seen: list[object] = []

        async def work() -> None:
            name.set("task")
            await arrival
            seen.extend((name.get(), asyncio.current_task()))

        task = asyncio.create_task(work())
        await asyncio.sleep(0)
        await in_callback(arrival.ring)
        await task
        assert seen == ["task", task]
        assert name.get() == "nobody"

    run(scenario)


def test_an_error_of_the_task_is_the_task_s_own(run: Run) -> None:
    async def scenario(arrival: Arrival) -> None:
        async def fail() -> None:
            await arrival
            raise LookupError

        task = asyncio.create_task(fail())
        await asyncio.sleep(0)
        await in_callback(arrival.ring)
        with pytest.raises(LookupError):
            await task

    run(scenario)


@pytest.mark.parametrize("stop", [SystemExit, KeyboardInterrupt])
def test_what_ends_the_loop_ends_it(loop_kind: str, stop: type[BaseException]) -> None:
    async def playing() -> None:
        loop = asyncio.get_running_loop()
        arrival = Arrival(loop)

        async def work() -> None:
            await arrival
            raise stop

        task = asyncio.create_task(work())
        task.add_done_callback(asyncio.Task.exception)
        await asyncio.sleep(0)
        loop.call_soon(arrival.ring)
        await loop.create_future()

    with closing(new_event_loop(loop_kind)) as loop:
        main = loop.create_task(playing())
        with pytest.raises(stop):
            loop.run_until_complete(main)
        main.cancel()
        with pytest.raises(asyncio.CancelledError):
            loop.run_until_complete(main)
