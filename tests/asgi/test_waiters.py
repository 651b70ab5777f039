"""Waiting for a condition: each who waits is woken, and a cancelled one takes nothing along."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.asgi.applications import (
    Message,
    Receive,
    Seen,
    Send,
    accepting,
    answering,
    last,
    length,
    piece,
)
from tests.client import Client
from tests.conftest import Serve
from wsgate.asgi.waiters import Waiters
from wsgate.event_loop import new_event_loop

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


LARGE = bytes(16 * 1024 * 1024)
"""More than the kernel takes for a peer that does not read."""


async def is_cancelled_while_it_waits(sending: Awaitable[None]) -> bool:
    task = asyncio.ensure_future(sending)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})
    return task.cancelled()


def test_R06_a_cancelled_send_of_a_websocket_has_left_and_the_next_follows(
    serving: Serve, seen: Seen
) -> None:
    def message(payload: bytes) -> Message:
        return {"type": "websocket.send", "bytes": payload}

    async def body(receive: Receive, send: Send) -> None:
        seen.put(await is_cancelled_while_it_waits(send(message(LARGE))))
        await send(message(b"behind"))

    with serving(accepting(body)) as server, Client(server.connect()) as client:
        client.open_websocket()
        assert seen.take() is True
        assert [client.read_frame().payload for _ in range(2)] == [LARGE, b"behind"]


def test_R06_a_cancelled_send_of_a_response_has_left_and_the_next_follows(
    serving: Serve, seen: Seen
) -> None:
    async def body(receive: Receive, send: Send) -> None:
        await send(length(len(LARGE) + 6))
        seen.put(await is_cancelled_while_it_waits(send(piece(LARGE))))
        await send(last(b"behind"))

    with serving(answering(body)) as server, Client(server.connect()) as client:
        assert client.request().body == LARGE + b"behind"
        assert seen.take() is True
