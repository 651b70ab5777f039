"""Both ends of a TCP connection: ours, a writer in an event loop, and the peer's plain socket."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from typing import cast

from tests.serving import TIMEOUT
from wsgate.event_loop import new_event_loop
from wsgate.net.clock import Clock
from wsgate.net.writer import TransportWriter, Turn

KERNEL = 65_536
"""Bytes that each buffer of the kernel is asked to hold: a peer that does not read shows soon."""


class End(asyncio.Protocol):
    """Our end: what the transport tells goes to the writer, as in a connection of the server."""

    transport: asyncio.Transport
    writer: TransportWriter

    def __init__(self, loop: asyncio.AbstractEventLoop, turn: Turn, high_water: int) -> None:
        self._loop = loop
        self._turn = turn
        self._high_water = high_water
        self.clock = Clock(loop)
        self.received = b""
        self.came = asyncio.Event()
        self.lost: asyncio.Future[Exception | None] = loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.writer = TransportWriter(
            self.transport, self._turn, self._loop, self.clock, self._high_water
        )

    def data_received(self, data: bytes) -> None:
        self.received += data
        self.came.set()

    def eof_received(self) -> bool:
        self.writer.eof_received()
        self.came.set()
        return True

    def pause_writing(self) -> None:
        self.writer.pause_writing()

    def resume_writing(self) -> None:
        self.writer.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self.writer.lost()
        self.lost.set_result(exc)


class Wire:
    """The connection, and what the peer does."""

    def __init__(self, loop: asyncio.AbstractEventLoop, end: End, peer: socket.socket) -> None:
        self.loop = loop
        self.end = end
        self.writer = end.writer
        self.peer = peer

    def at_hand(self) -> bytes:
        """What the peer's kernel has at this very moment."""
        try:
            return self.peer.recv(16_000_000)
        except BlockingIOError:
            return b""

    async def read(self, size: int) -> bytes:
        """So many bytes; fails at the end of the stream."""
        read = b""
        while len(read) < size:
            piece = await self.loop.sock_recv(self.peer, size - len(read))
            assert piece, f"the stream ended behind {len(read)} bytes"
            read += piece
        return read

    async def read_all(self) -> bytes:
        """What comes until our end of the stream; fails where it is reset."""
        pieces = []
        while piece := await self.loop.sock_recv(self.peer, 1_000_000):
            pieces.append(piece)
        return b"".join(pieces)

    async def send(self, data: bytes) -> None:
        await self.loop.sock_sendall(self.peer, data)

    def finish(self) -> None:
        """The peer sends no more, and still reads."""
        self.peer.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """The peer is gone, with RST."""
        self.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.peer.close()

    def fill(self) -> bytes:
        """Write until the writer is full; give what was written."""
        data = bytes(range(256)) * (64 * KERNEL // 256)
        self.writer.write(data)
        assert self.writer.full
        return data


Scenario = Callable[[Wire], Awaitable[None]]


def play(loop_kind: str, scenario: Scenario, *, high_water: int = 65_536) -> None:
    """Connect, and let the scenario run; it fails, and does not hang, where nothing happens."""

    async def playing() -> None:
        async with connected(Turn(loop), high_water) as wire:
            await scenario(wire)

    with closing(new_event_loop(loop_kind)) as loop:
        loop.run_until_complete(asyncio.wait_for(playing(), TIMEOUT))


@asynccontextmanager
async def connected(turn: Turn, high_water: int = 65_536) -> AsyncIterator[Wire]:
    """A connection whose writer shares the turn with others."""
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as peer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, KERNEL)
        peer.connect(listener.getsockname())
        peer.setblocking(False)
        accepted, _ = listener.accept()
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL)
        transport, end = await loop.connect_accepted_socket(
            lambda: End(loop, turn, high_water), accepted
        )
        try:
            yield Wire(loop, end, peer)
        finally:
            if not end.lost.done():
                transport.abort()
            await end.lost
            end.clock.stop()
