"""When a peer that takes nothing is given up, on an event loop whose time passes by itself."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from tests.net.skipping import START, SkippingLoop
from tests.net.wired import Wire, play
from wsgate.net.clock import SECOND_LOOK, TICK, Clock
from wsgate.net.stall import Stall, unsent

PATIENCE = 30.0
LATE = SECOND_LOOK + 2 * TICK


class Sender:
    """Its transport, and when it was told of the stall."""

    def __init__(self, loop: SkippingLoop) -> None:
        self._loop = loop
        self.unsent = 100_000
        self.stalled_at: list[float] = []

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def get_extra_info(self, name: str) -> None:
        assert name == "socket"

    def stalled(self) -> None:
        self.stalled_at.append(self._loop.time() - START)


@pytest.fixture
def sender(loop: SkippingLoop) -> Sender:
    return Sender(loop)


def watch(clock: Clock, sender: Sender, seconds: float = PATIENCE) -> Stall:
    stall = Stall(clock, sender, cast(asyncio.Transport, sender), seconds)
    stall.begin()
    return stall


def test_nothing_is_taken(loop: SkippingLoop, clock: Clock, sender: Sender) -> None:
    watch(clock, sender)
    loop.run_until(START + 10 * PATIENCE)
    assert sender.stalled_at == [pytest.approx(PATIENCE + LATE / 2, abs=LATE / 2)]


def test_who_takes_a_little_now_and_then_is_waited_for(
    loop: SkippingLoop, clock: Clock, sender: Sender
) -> None:
    watch(clock, sender)
    for _ in range(20):
        loop.run_until(loop.time() + 0.9 * PATIENCE)
        sender.unsent -= 1
    assert sender.stalled_at == []
    loop.run_until(loop.time() + 3 * PATIENCE)
    assert len(sender.stalled_at) == 1


def test_what_could_not_leave_while_the_loop_was_blocked(
    loop: SkippingLoop, clock: Clock, sender: Sender
) -> None:
    """Timers come before sockets: it leaves between the last two looks."""
    watch(clock, sender)
    loop.selector.now += 2 * PATIENCE
    loop.run_until(loop.time() + TICK)
    sender.unsent -= 1
    loop.run_until(loop.time() + PATIENCE)
    assert sender.stalled_at == []


def test_what_is_added_is_no_sign_of_life(loop: SkippingLoop, clock: Clock, sender: Sender) -> None:
    """Our own pings, or an application that does not wait."""
    watch(clock, sender)
    for _ in range(20):
        loop.run_until(loop.time() + PATIENCE / 10)
        sender.unsent += 2
    assert sender.stalled_at == [pytest.approx(PATIENCE + LATE / 2, abs=LATE / 2)]


def test_room_ends_it_and_it_begins_anew(loop: SkippingLoop, clock: Clock, sender: Sender) -> None:
    stall = watch(clock, sender)
    stall.end()
    loop.run_until(START + 5 * PATIENCE)
    assert sender.stalled_at == []
    stall.begin()
    loop.run_until(START + 10 * PATIENCE)
    assert sender.stalled_at == [pytest.approx(6 * PATIENCE + LATE / 2, abs=LATE / 2)]


def test_for_ever(loop: SkippingLoop, clock: Clock, sender: Sender) -> None:
    watch(clock, sender, 0.0)
    loop.run_until(START + 10 * PATIENCE)
    assert sender.stalled_at == []


def test_dropped(loop: SkippingLoop, clock: Clock, sender: Sender) -> None:
    watch(clock, sender).drop()
    loop.run_until(START + 10 * PATIENCE)
    assert sender.stalled_at == []


def test_what_the_kernel_has_counts_until_the_peer_has_taken_it(loop_kind: str) -> None:
    """Its buffer takes more from ours only when a good part of it is free."""

    async def scenario(wire: Wire) -> None:
        transport = wire.end.transport
        size = len(wire.fill())
        in_buffer, before = transport.get_write_buffer_size(), unsent(transport)
        assert in_buffer < before <= size
        while unsent(transport) == before:
            await wire.read(1)

    play(loop_kind, scenario)


def test_a_transport_that_is_closed(loop_kind: str) -> None:
    async def scenario(wire: Wire) -> None:
        transport = wire.end.transport
        sock = transport.get_extra_info("socket")
        transport.abort()
        await wire.end.lost
        assert transport.get_extra_info("socket") is sock
        assert unsent(transport) == 0

    play(loop_kind, scenario)
