"""What visitors do: each is one connection, from its begin to whatever end it takes."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

from conformance.faults.application import FLOOD
from conformance.faults.connections import HALF_A_HEAD, leave_by_reset
from conformance.faults.messages import packed
from conformance.faults.peer import DEFLATE, Peer
from tests.client import (
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    make_close,
    make_frame,
    make_request,
)

LARGEST = 1 << 20
"""Bytes that a message may have, as `wsgate.toml` says."""

FRAGMENTS = 2000
DEAF_FOR = 10.0
"""Seconds in which who reads nothing is cut."""

RATE = 200
"""Messages a second on ``/bounded``, as that says too."""

RESERVED = 3

Visit = Callable[[int], Awaitable[None]]
"""Takes a port. Raises WrongError where the server did not do what it has to, and OSError."""


class WrongError(Exception):
    """The sentence says what came instead of what."""


def expect(found: object, expected: object) -> None:
    """Raise WrongError unless they are the same."""
    if found != expected:
        raise WrongError(f"{found!r} came instead of {expected!r}")


async def _open(port: int, path: str, *, deaf: bool = False) -> Peer:
    """Open a websocket, which may compress or not."""
    return await Peer.open(port, path, random.choice(((), DEFLATE)), deaf=deaf)


async def _size(peer: Peer, size: int) -> None:
    expect(await peer.read_data(), (TEXT, b"%d" % size))


async def _leave(peer: Peer) -> None:
    peer.send(make_close(1000))
    expect(await peer.read_data(), (CLOSE, b"\x03\xe8"))
    await peer.read_all()
    peer.finish()


async def talk(port: int) -> None:
    """Exchange messages of all sizes, and say goodbye."""
    with await _open(port, "/echo") as peer:
        for _ in range(random.randrange(1, 20)):
            peer.send(make_frame(TEXT, b"x" * int(10 ** random.uniform(0, 5))))
            expect((await peer.read_data())[0], TEXT)
        await _leave(peer)


async def stay(port: int) -> None:
    """Say nothing, but answer some pings."""
    with await _open(port, "/echo") as peer:
        for _ in range(2):
            expect(await peer.read_until(PING), PING)
            peer.send(make_frame(PONG))
        await _leave(peer)


async def fall_silent(port: int) -> None:
    """Answer no ping: the server has to end it."""
    with await _open(port, "/echo") as peer:
        await peer.read_all()
        peer.finish()


async def vanish(port: int) -> None:
    """Leave by FIN, without a Close."""
    with await _open(port, "/echo") as peer:
        peer.send(make_frame(TEXT, b"x"))
        peer.finish()


async def reset(port: int) -> None:
    """Leave by RST, in any state."""
    await leave_by_reset(port, random.randrange(1 << 20))


async def read_slowly(port: int) -> None:
    """Read little of a flood, and leave by RST."""
    with await _open(port, "/flood", deaf=True) as peer:
        for _ in range(3):
            await peer.read_frame()
            await asyncio.sleep(random.random())


async def stall(port: int) -> None:
    """Read nothing of a flood: the server has to cut it before the end."""
    with await _open(port, "/flood", deaf=True) as peer:
        await asyncio.sleep(DEAF_FOR)
        expect(len(await peer.read_all()) < FLOOD << 16, True)


async def hurry(port: int) -> None:
    """Send messages at more than twice the rate, for a short time: they are taken as it allows."""
    with await _open(port, "/bounded") as peer:
        peer.send(b"".join(make_frame(TEXT, b"%d" % number) for number in range(2 * RATE)))
        for number in range(2 * RATE):
            expect(await peer.read_data(), (TEXT, b"%d" % number))
        await _leave(peer)


async def rush(port: int) -> None:
    """Do so for long: the server has to end it."""
    with await _open(port, "/bounded") as peer:
        peer.send(make_frame(TEXT, b"x") * 10 * RATE)
        while (frame := await peer.read_data())[0] != CLOSE:
            pass
        expect(frame[1][:2], b"\x03\xf0")  # 1008
        await peer.read_all()
        peer.finish()


async def bomb(port: int) -> None:
    """Send 1 MiB in 1 KiB, which is taken, and 4 MiB in 4, which are not."""
    with await Peer.open(port, "/sizes", DEFLATE) as peer:
        peer.send(packed(LARGEST))
        await _size(peer, LARGEST)
        peer.send(packed(4 * LARGEST))
        expect((await peer.read_data())[1][:2], b"\x03\xf1")  # 1009
        await peer.read_all()
        peer.finish()


async def fragment(port: int) -> None:
    """Send a message of tiny fragments, and leave by RST inside another one."""
    with await _open(port, "/sizes") as peer:
        begin = make_frame(TEXT, b"x", fin=False) + make_frame(CONTINUATION, b"x", fin=False) * (
            FRAGMENTS - 2
        )
        peer.send(begin + make_frame(CONTINUATION, b"x"))
        await _size(peer, FRAGMENTS)
        peer.send(begin)
        await peer.sent()


async def violate(port: int) -> None:
    """Send a frame that there is not."""
    with await _open(port, "/echo") as peer:
        peer.send(make_frame(RESERVED, b"x"))
        expect((await peer.read_data())[1][:2], b"\x03\xea")  # 1002
        await peer.read_all()
        peer.finish()


async def dawdle(port: int) -> None:
    """Send half a head: the server has to end it."""
    with await Peer.connect(port) as peer:
        peer.send(HALF_A_HEAD)
        await peer.read_all()
        peer.finish()


async def trail_off(port: int) -> None:
    """Send half a body: the server has to answer in place of the application, and to end it."""
    with await Peer.connect(port) as peer:
        peer.send(make_request("POST", "/", body=bytes(1000))[:-500])
        expect((await peer.read_head())[:12], b"HTTP/1.1 408")
        await peer.read_all()
        peer.finish()


async def ask(port: int) -> None:
    """Send requests on one connection, and let the server end it or not."""
    with await Peer.connect(port) as peer:
        for _ in range(random.randrange(1, 10)):
            body = b"x" * int(10 ** random.uniform(0, 5))
            peer.send(make_request("POST", "/", body=body))
            await peer.read_head()
            expect(await peer.read(len(body)), body)
        if random.random() < 0.5:
            await peer.read_all()
        peer.finish()


VISITS: tuple[Visit, ...] = (
    talk,
    stay,
    fall_silent,
    vanish,
    reset,
    read_slowly,
    stall,
    hurry,
    rush,
    bomb,
    fragment,
    violate,
    dawdle,
    trail_off,
    ask,
)
