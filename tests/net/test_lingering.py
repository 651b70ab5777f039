"""The end of a connection: nothing that was sent is lost, and no peer holds us for ever."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress

import pytest

from tests.net.wired import Wire, play
from wsgate.net import lingering
from wsgate.net.clock import Deadline
from wsgate.net.lingering import LINGER_BYTES, Lingering

pytestmark = pytest.mark.plain

NEVER = 3600.0


@pytest.fixture(autouse=True)
def times(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time is ever over, but where a test shortens it."""
    monkeypatch.setattr(lingering, "LINGER_TIME", NEVER)
    monkeypatch.setattr(lingering, "STALL_TIME", NEVER)


def test_it_ends_with_the_peer(loop_kind: str) -> None:
    async def scenario(wire: Wire) -> None:
        wire.writer.write(b"bye")
        wire.writer.close()
        assert await wire.read_all() == b"bye"
        assert not wire.end.lost.done()
        wire.finish()
        assert await wire.end.lost is None

    play(loop_kind, scenario)


def packets_received(sock: socket.socket) -> int:
    """The field tcpi_segs_in of the kernel's struct tcp_info (linux/tcp.h)."""
    info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 144)
    return int(struct.unpack_from("I", info, 140)[0])


@pytest.mark.skipif(not hasattr(socket, "TCP_CORK"), reason="the kernel has no TCP_CORK")
def test_the_last_bytes_and_the_end_are_one_packet(loop_kind: str) -> None:
    async def scenario(wire: Wire) -> None:
        before = packets_received(wire.peer)
        wire.writer.close(b"bye")
        assert await wire.read_all() == b"bye"
        assert packets_received(wire.peer) == before + 1
        wire.finish()
        assert await wire.end.lost is None

    play(loop_kind, scenario)


def test_the_last_bytes_follow_those_that_wait_for_room(loop_kind: str) -> None:
    async def scenario(wire: Wire) -> None:
        written = wire.fill()
        wire.writer.close(b"bye")
        assert await wire.read_all() == written + b"bye"
        wire.finish()
        assert await wire.end.lost is None

    play(loop_kind, scenario)


def test_a_peer_that_has_ended_already_is_not_waited_for(loop_kind: str) -> None:
    async def scenario(wire: Wire) -> None:
        wire.finish()
        await wire.end.came.wait()
        written = wire.fill()
        wire.writer.close()
        assert await wire.read_all() == written
        assert await wire.end.lost is None

    play(loop_kind, scenario)


def test_a_peer_may_talk_on_up_to_the_limit(loop_kind: str) -> None:
    async def scenario(wire: Wire) -> None:
        wire.writer.write(b"bye")
        wire.writer.close()
        await wire.send(b"x" * LINGER_BYTES)
        assert await wire.read_all() == b"bye"
        assert not wire.end.lost.done()
        wire.finish()
        assert await wire.end.lost is None

    play(loop_kind, scenario)


def test_a_peer_that_talks_beyond_the_limit_is_cut(loop_kind: str) -> None:
    async def scenario(wire: Wire) -> None:
        wire.writer.close()
        with suppress(ConnectionError):
            await wire.send(b"x" * (LINGER_BYTES + 1))
        await wire.end.lost

    play(loop_kind, scenario)


def test_a_peer_that_never_ends_is_left(loop_kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lingering, "LINGER_TIME", 0.1)

    async def scenario(wire: Wire) -> None:
        wire.writer.write(b"bye")
        wire.writer.close()
        await wire.end.lost
        assert await wire.read_all() == b"bye"

    play(loop_kind, scenario)


def test_it_looks_soon_at_a_peer_that_is_still_to_be_sent_something(
    loop_kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What takes the peer a moment must not make us wait as for one that stalls."""
    monkeypatch.setattr(lingering, "LINGER_TIME", 0.1)
    monkeypatch.setattr(lingering, "STALL_TIME", 0.3)
    armed: list[float] = []
    arm = Deadline.arm

    def arming(self: Deadline, seconds: float) -> None:
        armed.append(seconds)
        arm(self, seconds)

    monkeypatch.setattr(Deadline, "arm", arming)

    async def scenario(wire: Wire) -> None:
        written = wire.fill()
        wire.writer.close()
        assert wire.end.transport.get_write_buffer_size() > 0
        assert await wire.read_all() == written
        await wire.end.lost

    play(loop_kind, scenario)
    assert armed[0] == 0.1
    assert len(armed) > 1


def test_a_slow_download_is_never_cut(loop_kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The peer takes a little between two looks, for longer than either time."""
    monkeypatch.setattr(lingering, "LINGER_TIME", 0.1)
    monkeypatch.setattr(lingering, "STALL_TIME", 0.3)
    looked = asyncio.Event()
    look = Lingering.deadline_reached

    def looking(self: Lingering) -> None:
        looked.set()
        look(self)

    monkeypatch.setattr(Lingering, "deadline_reached", looking)

    async def scenario(wire: Wire) -> None:
        written = wire.fill()
        wire.writer.close()
        read = b""
        for _ in range(3):
            unsent = wire.end.transport.get_write_buffer_size()
            while wire.end.transport.get_write_buffer_size() == unsent:
                read += await wire.read(8192)
            looked.clear()
            await looked.wait()
            assert not wire.end.lost.done()
        assert wire.end.transport.get_write_buffer_size() > 0
        assert read + await wire.read_all() == written
        await wire.end.lost

    play(loop_kind, scenario)


@pytest.mark.parametrize("ended", [False, True], ids=["open", "ended"])
def test_a_peer_that_takes_nothing_is_cut(
    loop_kind: str, ended: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lingering, "LINGER_TIME", 0.05)
    monkeypatch.setattr(lingering, "STALL_TIME", 0.05)

    async def scenario(wire: Wire) -> None:
        if ended:
            wire.finish()
            await wire.end.came.wait()
        wire.fill()
        wire.writer.close()
        await wire.end.lost

    play(loop_kind, scenario)


def test_what_is_closing_already_is_left_alone(loop_kind: str) -> None:
    async def scenario(wire: Wire) -> None:
        wire.end.transport.abort()
        wire.writer.close()
        await wire.end.lost

    play(loop_kind, scenario)


def test_a_peer_that_resets_is_forgotten(loop_kind: str) -> None:
    async def scenario(wire: Wire) -> None:
        wire.fill()
        wire.writer.close()
        wire.reset()
        await wire.end.lost

    play(loop_kind, scenario)


def test_a_peer_that_has_just_reset(loop_kind: str) -> None:
    """The reset is in the kernel and not yet told; to end our half of the stream fails then."""

    async def scenario(wire: Wire) -> None:
        wire.writer.write(b"bye")
        wire.reset()
        wire.writer.close()
        await wire.end.lost

    play(loop_kind, scenario)
