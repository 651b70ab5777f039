"""What a connection writes: when it leaves, in which order, and what waits for room."""

from __future__ import annotations

import asyncio
import random
import sys
from contextlib import AsyncExitStack, suppress
from importlib.metadata import version

import pytest

from tests.net.wired import KERNEL, Wire, connected, play
from wsgate.net.writer import PATIENCE, TOGETHER, TURN_LIMIT, Turn

UVLOOP = tuple(int(number) for number in version("uvloop").split(".")[:2])

each_prompt_loop = pytest.mark.parametrize(
    "loop_kind", ["asyncio", "uvloop"] if UVLOOP >= (0, 23) else ["asyncio"]
)
"""Loops that send what they are given at once, so that the peer sees when that was. Up to 0.22,
uvloop kept each write until it was done with the callbacks of its turn; the order is the same."""


def stand_still() -> float:
    """Be the clock of a turn in which nothing takes any time, however busy the machine is."""
    return 0.0


async def end_of_turn() -> None:
    await asyncio.sleep(0)


async def some_turns() -> None:
    for _ in range(5):
        await end_of_turn()


@each_prompt_loop
def test_the_first_write_of_a_turn_leaves_at_once_the_later_ones_together(loop_kind: str) -> None:
    async def scenario(wire: Wire) -> None:
        for _ in range(3):
            wire.writer.write(b"first")
            assert wire.at_hand() == b"first"
            wire.writer.write(b"second")
            wire.writer.write(b"third")
            assert wire.at_hand() == b""
            await end_of_turn()
            assert wire.at_hand() == b"secondthird"

    play(loop_kind, scenario)


def test_R06_who_writes_too_much_in_a_turn_waits_for_its_end(loop_kind: str) -> None:
    """An application that never suspends would else be heard only when it is done."""

    async def scenario(wire: Wire) -> None:
        wire.writer.write(b"first")
        wire.writer.write(b"a" * TURN_LIMIT)
        assert wire.writer.full
        assert not wire.writer.congested
        wire.writer.write(b"b")
        received = wire.at_hand()
        expected = b"first" + b"a" * TURN_LIMIT + b"b"
        assert received + await wire.read(len(expected) - len(received)) == expected
        await wire.writer.drain()
        assert not wire.writer.full

    play(loop_kind, scenario, high_water=1_000_000)


@each_prompt_loop
@pytest.mark.parametrize("held", [False, True])
def test_a_turn_of_one_connection_ends_when_it_is_told(loop_kind: str, held: bool) -> None:
    async def scenario(wire: Wire) -> None:
        for _ in range(2):
            wire.writer.own_turn = True
            if held:
                wire.writer.hold()
            wire.writer.write(b"first")
            assert wire.at_hand() == (b"" if held else b"first")
            wire.writer.write(b"second")
            assert wire.at_hand() == b""
            wire.writer.end_turn()
            assert wire.at_hand() == (b"firstsecond" if held else b"second")

    play(loop_kind, scenario)


@each_prompt_loop
def test_the_first_of_all_that_write_in_a_turn_does_not_wait(loop_kind: str) -> None:
    async def scenario(wire: Wire) -> None:
        async with connected(turn := Turn(wire.loop, stand_still)) as one, connected(turn) as other:
            for _ in range(2):
                for each in (one, other, one):
                    each.writer.write(b"1")
                    each.writer.write(b"2")
                assert (one.at_hand(), other.at_hand()) == (b"1", b"")
                await end_of_turn()
                assert (one.at_hand(), other.at_hand()) == (b"212", b"12")

    play(loop_kind, scenario)


@each_prompt_loop
def test_of_many_writers_some_wait_for_one_another(loop_kind: str) -> None:
    """Else the first receiver of many would wait for what an application does for the last."""

    async def scenario(wire: Wire) -> None:
        turn = Turn(wire.loop, stand_still)
        async with AsyncExitStack() as stack:
            count = 2 * TOGETHER + 2
            wires = [await stack.enter_async_context(connected(turn)) for _ in range(count)]
            for each in wires:
                each.writer.write(b"1")
                each.writer.write(b"2")
            sent = [each.at_hand() for each in wires]
            assert sent == [b"12"] * 2 * TOGETHER + [b"", b""]
            wires[0].writer.write(b"3")
            assert wires[0].at_hand() == b""
            await end_of_turn()
            sent = [wires[number].at_hand() for number in (0, 1, -2, -1)]
            assert sent == [b"3", b"", b"12", b"12"]

    play(loop_kind, scenario)


@each_prompt_loop
def test_behind_an_application_that_takes_its_time_each_write_leaves_at_once(
    loop_kind: str,
) -> None:
    """Else the answer to one request would wait for what is done for all the others."""
    now = 0.0

    async def scenario(wire: Wire) -> None:
        nonlocal now
        turn = Turn(wire.loop, lambda: now)
        async with AsyncExitStack() as stack:
            wires = [await stack.enter_async_context(connected(turn)) for _ in range(4)]
            for _ in range(2):
                arrivals = []
                for each, takes in zip(wires, (0, 0, 2 * PATIENCE, 2 * PATIENCE), strict=True):
                    now += takes
                    each.writer.defer(b"head ")
                    each.writer.write(b"body")
                    arrivals.append([one.at_hand() for one in wires])
                whole, nothing = b"head body", b""
                assert arrivals == [
                    [whole, nothing, nothing, nothing],
                    [nothing, nothing, nothing, nothing],
                    [nothing, whole, whole, nothing],
                    [nothing, nothing, nothing, whole],
                ]
                await end_of_turn()
                assert [one.at_hand() for one in wires] == [nothing] * 4
                now += 1

    play(loop_kind, scenario)


def test_the_order_is_that_of_the_calls(loop_kind: str) -> None:
    async def scenario(wire: Wire) -> None:
        chance = random.Random(6455)
        sent = bytearray()
        reading = asyncio.ensure_future(wire.read_all())
        for number in range(2000):
            piece = number.to_bytes(4, "big") * chance.choice([1, 10, 1000, 20_000])
            wire.writer.write(piece)
            sent += piece
            if chance.random() < 0.2:
                await end_of_turn()
            await wire.writer.drain()
        wire.writer.close()
        assert await reading == bytes(sent)

    play(loop_kind, scenario)


def test_a_long_frame_keeps_its_place_whatever_waits(loop_kind: str) -> None:
    """Its head and payload come apart, behind and before what is joined."""

    async def scenario(wire: Wire) -> None:
        payload = random.Random(6455).randbytes(TURN_LIMIT + 1)
        for held in (False, True):
            for before in ([], [b"1"], [b"1", b"2"]):
                wire.writer.own_turn = held
                if held:
                    wire.writer.hold()
                for piece in before:
                    wire.writer.write(piece)
                wire.writer.defer(b"deferred")
                wire.writer.write((b"head", payload))
                assert wire.writer.full
                wire.writer.write(b"behind")
                expected = b"".join([*before, b"deferred", b"head", payload, b"behind"])
                assert await wire.read(len(expected)) == expected
                wire.writer.end_turn()
                await wire.writer.drain()

    play(loop_kind, scenario)


def test_R05_a_long_frame_waits_for_room(loop_kind: str) -> None:
    async def scenario(wire: Wire) -> None:
        payload = bytes(range(256)) * (64 * KERNEL // 256)
        wire.writer.write((b"head", payload))
        await some_turns()
        assert wire.writer.congested
        assert await wire.read(4 + len(payload)) == b"head" + payload
        await wire.writer.drain()
        assert not wire.writer.full

    play(loop_kind, scenario)


def test_a_long_frame_is_copied_only_where_the_loop_would_not_wait(loop_kind: str) -> None:
    async def scenario(wire: Wire) -> None:
        payload = bytes(64 * KERNEL)
        references = sys.getrefcount(payload)
        wire.writer.write((b"head", payload))
        assert (sys.getrefcount(payload) > references) is (loop_kind == "uvloop")
        wire.reset()

    play(loop_kind, scenario)


def test_a_long_frame_is_dropped_once_the_connection_is_lost(loop_kind: str) -> None:
    async def scenario(wire: Wire) -> None:
        wire.writer.lost()
        wire.writer.write((b"head", bytes(TURN_LIMIT + 1)))
        await some_turns()
        assert not wire.writer.full
        assert wire.end.transport.get_write_buffer_size() == 0

    play(loop_kind, scenario)


def test_R06_a_long_frame_to_a_peer_that_is_gone(loop_kind: str) -> None:
    async def scenario(wire: Wire) -> None:
        wire.reset()
        for _ in range(3):
            wire.writer.write((b"head", bytes(64 * KERNEL)))
            await some_turns()
        assert wire.end.lost.done()
        assert not wire.writer.full

    play(loop_kind, scenario)


def test_drain_waits_while_the_send_buffer_is_full(loop_kind: str) -> None:
    async def scenario(wire: Wire) -> None:
        await wire.writer.drain()
        written = wire.fill()
        drains = [asyncio.ensure_future(wire.writer.drain()) for _ in range(3)]
        await some_turns()
        assert not any(each.done() for each in drains)
        reading = asyncio.ensure_future(wire.read(len(written)))
        await asyncio.wait(drains)
        assert not wire.writer.full
        assert wire.end.transport.get_write_buffer_size() <= 65_536 // 4
        assert await reading == written

    play(loop_kind, scenario)


def test_a_cancelled_drain_takes_no_other_along(loop_kind: str) -> None:
    async def scenario(wire: Wire) -> None:
        written = wire.fill()
        cancelled, waiting = (asyncio.ensure_future(wire.writer.drain()) for _ in range(2))
        await end_of_turn()
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        assert not waiting.done()
        again = asyncio.ensure_future(wire.writer.drain())
        assert await wire.read(len(written)) == written
        await asyncio.gather(waiting, again)

    play(loop_kind, scenario)


def test_R06_a_lost_connection_wakes_who_waits_and_drops_what_follows(loop_kind: str) -> None:
    async def scenario(wire: Wire) -> None:
        wire.fill()
        drains = [asyncio.ensure_future(wire.writer.drain()) for _ in range(2)]
        await end_of_turn()
        wire.reset()
        await asyncio.gather(*drains)
        assert wire.end.lost.done()
        assert not wire.writer.full
        for act in (wire.writer.pause_reading, wire.writer.resume_reading, wire.writer.close):
            wire.writer.write(b"dropped")
            act()
        wire.writer.abort()
        await end_of_turn()
        await wire.writer.drain()

    play(loop_kind, scenario)


def test_close_lets_everything_leave(loop_kind: str) -> None:
    async def scenario(wire: Wire) -> None:
        written = wire.fill()
        wire.writer.write(b"joined")
        wire.writer.close()
        wire.writer.write(b"dropped")
        assert await wire.read_all() == written + b"joined"
        wire.finish()
        assert await wire.end.lost is None

    play(loop_kind, scenario)


def test_close_keeps_nobody_waiting_for_room(loop_kind: str) -> None:
    async def scenario(wire: Wire) -> None:
        wire.fill()
        drain = asyncio.ensure_future(wire.writer.drain())
        await end_of_turn()
        wire.writer.close()
        await drain
        assert not wire.end.lost.done()

    play(loop_kind, scenario)


@pytest.mark.parametrize("paused", [False, True], ids=["reading", "paused"])
def test_close_sends_no_rst_over_what_the_peer_still_says(loop_kind: str, paused: bool) -> None:
    async def scenario(wire: Wire) -> None:
        if paused:
            wire.writer.pause_reading()
        await wire.send(b"unread" * 1000)
        wire.writer.write(b"answer")
        wire.writer.close()
        await wire.send(b"more" * 1000)
        assert await wire.read_all() == b"answer"
        wire.finish()
        assert await wire.end.lost is None

    play(loop_kind, scenario)


def test_abort_drops_what_waits(loop_kind: str) -> None:
    async def scenario(wire: Wire) -> None:
        written = wire.fill()
        wire.writer.abort()
        await wire.end.lost
        left = 0
        with suppress(ConnectionResetError):
            while piece := await wire.loop.sock_recv(wire.peer, 1_000_000):
                left += len(piece)
        assert left < len(written)

    play(loop_kind, scenario)


def test_a_reset_is_one_for_the_peer_where_nothing_is_unread(loop_kind: str) -> None:
    async def scenario(wire: Wire) -> None:
        wire.writer.write(b"half")
        wire.writer.reset()
        wire.writer.reset()
        await wire.end.lost
        with pytest.raises(ConnectionResetError):
            await wire.read_all()

    play(loop_kind, scenario)


def test_reading_pauses_and_resumes(loop_kind: str) -> None:
    async def scenario(wire: Wire) -> None:
        wire.writer.pause_reading()
        await wire.send(b"later")
        await some_turns()
        assert wire.end.received == b""
        wire.writer.resume_reading()
        await wire.end.came.wait()
        assert wire.end.received == b"later"

    play(loop_kind, scenario)


def test_R06_who_writes_to_the_lost_is_made_to_wait_until_that_is_told(loop_kind: str) -> None:
    """An application that never waits would else keep the loop from telling it, for ever."""

    async def scenario(wire: Wire) -> None:
        wire.reset()
        for _ in range(3):
            wire.writer.write(bytes(TURN_LIMIT))
        assert wire.writer.full
        assert not wire.end.lost.done()
        await wire.writer.drain()
        assert wire.end.lost.done()

    play(loop_kind, scenario, high_water=1_000_000)
