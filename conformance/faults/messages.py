"""Faults in websocket messages: tiny fragments, bombs, and lengths that are only declared."""

from __future__ import annotations

import struct
import zlib
from functools import cache

from benchmarks import processes
from conformance.faults.fault import KIB, LIMIT, MIB, Fault, ImmuneError, again, crowd, many
from conformance.faults.peer import DEFLATE, Peer
from conformance.faults.target import Target
from tests.client import BINARY, CLOSE, CONTINUATION, PING, PONG, make_frame

FRAGMENTS = 60_000
BOMB = 300 * MIB
RSV1 = 0x40
MASK_KEY = bytes(4)


class Fragments(Fault):
    """Messages of 60,000 fragments of one byte, which never end."""

    name = "fragments"
    title = "bytes held for each byte on the wire, 60,000 fragments of one byte"
    goal = 1.5
    peers = 20
    flood = (
        make_frame(BINARY, b"x", fin=False)
        + make_frame(CONTINUATION, b"x", fin=False) * (FRAGMENTS - 1)
        + make_frame(PING, b"read?")
    )

    async def measure(self, target: Target) -> float:
        """Let some peers send one each, after one has shown the server what comes."""
        await self._disturb_once(target)
        peers = await crowd(target, self.peers)
        before = target.memory()
        for peer in peers:
            await self._send(peer)
        return (target.memory() - before) / (self.peers * len(self.flood))

    async def _send(self, peer: Peer) -> None:
        peer.send(self.flood)
        if await peer.read_until(PONG) == CLOSE:
            raise ImmuneError("refused")

    async def _disturb_once(self, target: Target) -> None:
        """Send one, and leave by RST."""
        with await Peer.open(target.port) as peer:
            await self._send(peer)

    async def disturb(self, target: Target) -> None:
        """Send 60,000 fragments twice a second."""
        await again(0.5, lambda: self._disturb_once(target))


@cache
def packed(size: int) -> bytes:
    """Give a message of so many zeros, whole MiB, in a thousandth."""
    compressor = zlib.compressobj(9, wbits=-12)
    pieces = [compressor.compress(bytes(MIB)) for _ in range(size // MIB)]
    payload = b"".join(pieces) + compressor.flush(zlib.Z_SYNC_FLUSH)
    return make_frame(RSV1 | BINARY, payload[:-4])


class Bomb(Fault):
    """300 KiB that stand for 300 MiB."""

    name = "bomb"
    title = "KiB that 300 KiB, which stand for 300 MiB, take beside the largest message (16 MiB)"
    goal = 64
    servers = 7  # the kernel counts resident pages in batches of some ten, of each processor

    async def measure(self, target: Target) -> float:
        """Give the peak while one is refused; as many bytes that are no bomb come before."""
        with await Peer.connect(target.port) as peer:
            await self._open(peer)
            peer.send(make_frame(BINARY, bytes(len(packed(BOMB)))))
            await peer.read_frame()
            processes.forget_peaks(target.process)
            before = processes.peak(target.process)
            await self._throw(peer)
        return (processes.peak(target.process) - before - LIMIT) / KIB

    async def disturb(self, target: Target) -> None:
        """Throw four in a second."""
        await again(0.25, lambda: self._disturb_once(target))

    async def _disturb_once(self, target: Target) -> None:
        with await Peer.connect(target.port) as peer:
            await self._open(peer)
            await self._throw(peer)

    async def _open(self, peer: Peer) -> None:
        peer.ask("/sizes", DEFLATE)
        if b"permessage-deflate" not in await peer.read_head():
            raise ImmuneError("no compression")

    async def _throw(self, peer: Peer) -> None:
        peer.send(packed(BOMB))
        await peer.read_until(CLOSE)


class Lengths(Fault):
    """Frames that declare the largest message, of which no byte comes."""

    name = "lengths"
    title = "KiB held for 5,000 headers of frames that declare 16 MiB each"
    goal = 1024
    peers = 5000
    header = bytes((0x80 | BINARY, 0x80 | 127)) + struct.pack("!Q", LIMIT) + MASK_KEY

    async def measure(self, target: Target) -> float:
        """Let 5,000 peers, which are there already, send a header each."""
        peers = await crowd(target, self.peers)
        await target.settle()
        before = target.memory()
        for peer in peers:
            peer.send(self.header)
        await target.settle()
        return (target.memory() - before) / KIB

    async def disturb(self, target: Target) -> None:
        """Let 10 peers come in a tenth of a second, declare, and leave by RST."""
        await again(0.1, lambda: many(10, lambda _: self._declare(target)))

    async def _declare(self, target: Target) -> None:
        with await Peer.open(target.port) as peer:
            peer.send(self.header)
            await peer.sent()
