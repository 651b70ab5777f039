"""What a fault is: how it is put on a server, what is then measured, and what that may be."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import ClassVar

from conformance.faults.peer import Peer
from conformance.faults.target import Target
from tests.client import TEXT, make_frame

AT_ONCE = 64
"""Peers that do something at the same time."""

KIB, MIB = 1 << 10, 1 << 20
LIMIT = 16 * MIB
"""Bytes that a message may have: the default of each of the servers that has a limit."""


class Fault(ABC):
    """name: one word. title: what the number says. goal: the most that it may be for wsgate.

    servers: on how many of them the number is taken; it is the median.
    path, healthy: where the healthy websockets are, and how many.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    goal: ClassVar[float]
    servers: ClassVar[int] = 1
    path: ClassVar[str] = "/echo"
    healthy: ClassVar[int] = 100

    @abstractmethod
    async def measure(self, target: Target) -> float:
        """Put it on a server that was just started; give the number.

        Raises ImmuneError, and OSError where the server fails.
        """

    @abstractmethod
    async def disturb(self, target: Target) -> None:
        """Put it on the server again and again until cancelled, then leave."""


class ImmuneError(Exception):
    """The server does not take what the fault is made of; the sentence says what."""


async def many(count: int, act: Callable[[int], Awaitable[None]]) -> None:
    """Do something so many times, some at once; raises what the first one that fails raises."""
    numbers = iter(range(count))

    async def work() -> None:
        for number in numbers:
            await act(number)

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))


async def crowd(target: Target, count: int) -> list[Peer]:
    """Open so many websockets, and have each carry a message."""
    peers: list[Peer] = []

    async def join(_: int) -> None:
        peer = await Peer.open(target.port)
        peer.send(make_frame(TEXT, b"hello"))
        await peer.read_frame()
        peers.append(peer)

    await many(count, join)
    return peers


async def again(interval: float, act: Callable[[], Awaitable[None]]) -> None:
    """Begin something in each interval, whether or not what began before has ended; for ever."""
    running: set[asyncio.Future[None]] = set()
    try:
        while True:
            begun = asyncio.ensure_future(act())
            running.add(begun)
            begun.add_done_callback(running.discard)
            await asyncio.sleep(interval)
    finally:
        for each in running:
            each.cancel()
        await asyncio.gather(*running, return_exceptions=True)
