"""Writes of a connection: joined within a turn of the event loop, with flow control.

uvloop sends each write at once. The first write of a turn leaves so, and a lone message never
waits; the later ones of the same turn are joined and leave together at its end, or when they
reach a cap, since an application that never suspends would starve the end of the turn.
"""

from __future__ import annotations

import asyncio
from typing import Final

from wsgate.asgi.waiters import Waiters
from wsgate.net.clock import Clock
from wsgate.net.lingering import linger

JOIN_LIMIT: Final = 65_536
"""Bytes that are joined at most before they leave."""


class Turn:
    """The connections that have written in this turn of the loop; one callback ends it for all."""

    __slots__ = ("_loop", "_writers")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._writers: list[TransportWriter] = []

    def join(self, writer: TransportWriter) -> None:
        """Have `writer.end_turn()` called at the end of the turn."""
        if not self._writers:
            self._loop.call_soon(self._end)
        self._writers.append(writer)

    def _end(self) -> None:
        writers, self._writers = self._writers, []
        for writer in writers:
            writer.end_turn()


class TransportWriter:
    """The `Writer` of a cycle or session, over a transport.

    high_water: bytes in the send buffer over which `full` is true; `drain()` waits until a
    quarter of that. It is full too from a write that failed until `lost()`: an application that
    sends on without a pause would keep the event loop from telling it. After `lost()`, what is
    written is dropped.
    """

    __slots__ = (
        "_clock",
        "_joined",
        "_joined_size",
        "_joining",
        "_transport",
        "_turn",
        "_waiters",
        "full",
        "peer_done",
    )

    def __init__(
        self,
        transport: asyncio.Transport,
        turn: Turn,
        loop: asyncio.AbstractEventLoop,
        clock: Clock,
        high_water: int,
    ) -> None:
        self.full = False
        self._transport: asyncio.Transport | None = transport
        self._turn = turn
        self._waiters = Waiters(loop)
        self._joining = False
        self._joined: list[bytes] = []
        self._joined_size = 0
        self.peer_done = False
        self._clock = clock
        transport.set_write_buffer_limits(high=high_water)

    def write(self, data: bytes) -> None:
        """Send after what was written before."""
        if self._transport is None:
            return
        if not self._joining:
            self._joining = True
            self._turn.join(self)
            self._transport.write(data)
            self.full |= self._transport.is_closing()
            return
        self._joined.append(data)
        self._joined_size += len(data)
        if self._joined_size > JOIN_LIMIT:
            self._flush()

    def end_turn(self) -> None:
        """Send what was joined; the next write leaves at once again."""
        self._joining = False
        if self._joined:
            self._flush()

    async def drain(self) -> None:
        """Wait while the send buffer is over its mark; returns too when the connection is lost."""
        while self.full:
            await self._waiters.future()

    def pause_reading(self) -> None:
        """Let TCP push back on the peer."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read again."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def close(self) -> None:
        """Let what was written leave, then end the connection; further writes are dropped.

        So nobody needs to wait for room: a peer that does not read would hold an application up.
        """
        if self._transport is not None:
            self._flush()
            transport, self._transport = self._transport, None
            linger(transport, self._clock, peer_done=self.peer_done)
            self.resume_writing()

    def abort(self) -> None:
        """End the connection now; what waits to be sent is lost."""
        if self._transport is not None:
            self._transport.abort()

    # What the transport tells.

    def pause_writing(self) -> None:
        """Learn that the send buffer is over the mark."""
        self.full = True

    def resume_writing(self) -> None:
        """Learn that the send buffer has room."""
        self.full = False
        self._waiters.wake()

    def eof_received(self) -> None:
        """Learn that the peer sends no more: nothing is left to linger for."""
        self.peer_done = True

    def lost(self) -> None:
        """Learn that the connection is gone: drop what waits, wake who waits."""
        self._transport = None
        self._joined.clear()
        self.resume_writing()

    def _flush(self) -> None:
        if self._joined and self._transport is not None:
            self._transport.write(b"".join(self._joined))
            self.full |= self._transport.is_closing()
        self._joined.clear()
        self._joined_size = 0
