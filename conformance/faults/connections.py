"""Faults of connections: ends by RST in each state, and peers that let a server wait."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from conformance.faults.fault import AT_ONCE, KIB, Fault, again, many
from conformance.faults.peer import Peer
from conformance.faults.target import Target
from tests.client import BINARY, TEXT, make_frame, make_request

HALF_A_HEAD = b"GET /echo HTTP/1.1\r\nHost: half"
REQUEST = make_request()
CUT_SHORT = make_frame(BINARY, bytes(100))[:50]
UNFINISHED = make_frame(TEXT, b"to be continued", fin=False)


async def leave_by_reset(port: int, number: int) -> None:
    """Connect, and send RST; the number chooses the state in which."""
    states = (None, HALF_A_HEAD, REQUEST, b"", CUT_SHORT, UNFINISHED)
    state = states[number % len(states)]
    opened = Peer.open if state in (b"", CUT_SHORT, UNFINISHED) else Peer.connect
    with suppress(ConnectionError), await opened(port) as peer:
        if state:
            peer.send(state)
        if state is REQUEST:
            await peer.read_head()
        await peer.sent()


class Resets(Fault):
    """RST in each state that a connection can be in."""

    name = "resets"
    title = "objects left, 25 s later, of 20,000 connections that ended by RST in each state"
    goal = 0
    count = 20_000
    warm_up = 1000

    async def measure(self, target: Target) -> float:
        """Give what is there behind it and was not there before; descriptors and tasks as well."""
        await many(self.warm_up, lambda number: leave_by_reset(target.port, number))
        idle = await target.counts_at_rest()
        await many(self.count, lambda number: leave_by_reset(target.port, number))
        left = await target.counts_at_rest()
        more = zip(left, idle, strict=True)
        return float(sum(max(0, now - then) for now, then in more))

    async def disturb(self, target: Target) -> None:
        """Reset 200 in a second."""
        numbers = iter(range(1 << 40))
        await again(0.005, lambda: leave_by_reset(target.port, next(numbers)))


class Silent(Fault):
    """Connections on which no byte comes."""

    name = "silent"
    title = "seconds until the last of 1,000 connections without a byte is gone"
    goal = 11
    count = 1000
    patience = 20.0

    async def measure(self, target: Target) -> float:
        """Give the time since they came; infinite where it is over the patience."""
        peers: list[Peer] = []
        await many(self.count, lambda _: self._join(target, peers))
        began = time.monotonic()
        talking = asyncio.ensure_future(self.talk(peers))
        ends = [asyncio.ensure_future(peer.read_all()) for peer in peers]
        _, open_still = await asyncio.wait(ends, timeout=self.patience)
        took = time.monotonic() - began
        talking.cancel()
        for end in open_still:
            end.cancel()
        for peer in peers:
            peer.reset()
        return float("inf") if open_still else took

    async def disturb(self, target: Target) -> None:
        """Have them all, and keep them."""
        peers: list[Peer] = []
        try:
            await many(self.count, lambda _: self._join(target, peers))
            await self.talk(peers)
        finally:
            for peer in peers:
                peer.reset()

    async def talk(self, peers: list[Peer]) -> None:
        """Say nothing, for ever."""
        await asyncio.Event().wait()

    async def _join(self, target: Target, peers: list[Peer]) -> None:
        peers.append(await Peer.connect(target.port))


class SlowHeads(Silent):
    """Heads that come one byte at a time, and do not end."""

    name = "slow heads"
    title = "seconds until the last of 500 heads that come byte by byte is gone"
    count = 500

    async def talk(self, peers: list[Peer]) -> None:
        """Say a byte each, twice a second."""
        for byte in HALF_A_HEAD.ljust(1000, b"x"):
            for begin in range(0, len(peers), AT_ONCE):
                for peer in peers[begin : begin + AT_ONCE]:
                    peer.send(bytes((byte,)))
                await asyncio.sleep(0.5 * AT_ONCE / len(peers))


class Stalled(Fault):
    """One reader in a thousand that does not read what a room sends to all."""

    name = "stalled"
    title = "KiB held for a reader that does not read, of 16 MiB that are sent to it"
    goal = 256
    path = "/room"
    healthy = 999

    async def measure(self, target: Target) -> float:
        """Give the memory that one takes; an empty room and a reader that reads come before."""
        with await Peer.open(target.port, "/room") as peer:
            await peer.read_frame()
            before = target.memory()
            with await Peer.open(target.port, "/room/flood", deaf=True):
                for _ in range(5):
                    await peer.read_frame()
                return (target.memory() - before) / KIB

    async def disturb(self, target: Target) -> None:
        """Let it come, and stay."""
        with await Peer.open(target.port, "/room/flood", deaf=True):
            await asyncio.Event().wait()
