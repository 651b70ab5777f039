"""Writes of a connection: joined within a turn of the event loop, with flow control.

uvloop sends each write at once (up to 0.22: at the end of its own turn). The first write of a turn
leaves so, and a lone message never waits; the later ones of the same turn are joined and leave
together at its end. A turn is the callback in which a connection's bytes have come, while that
runs, else the event loop's own, which all connections share: what is sent to many leaves for some
tens of them at a time, since system calls one after the other take less than with an application's
work between. An application that writes on without ever suspending would starve the loop: behind a
limit, it waits for the end of the turn as if the send buffer were full.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import Callable
from typing import Final

from wsgate.asgi.waiters import Waiters
from wsgate.net.clock import Clock
from wsgate.net.lingering import cork, linger
from wsgate.websocket.frames import Frame
from wsgate.websocket.octets import Octets

TURN_LIMIT: Final = 65_536
"""Bytes of a turn over which nothing is joined any more, and who writes waits for its end."""

TOGETHER: Final = 32
"""Connections that wait for one another at most with their first writes of a turn."""

PATIENCE: Final = 0.0005
"""Seconds for which they do: behind an application that takes longer, each write leaves at once."""

RESET: Final = struct.pack("ii", 1, 0)
"""For SO_LINGER: `close()` sends RST."""


class Turn:
    """The connections that have written in this turn of the loop; one callback ends it for all.

    now: a clock in seconds; uvloop's own stands still in a turn.
    gathers: whether the loop's transports send several pieces and copy none. asyncio's join them
    before Python 3.12, and do not pause writing in 3.12.0 to 3.12.8 and 3.13.0 to 3.13.1.
    """

    __slots__ = ("_left", "_loop", "_now", "_since", "_writers", "gathers")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._loop = loop
        self._now = now
        self._writers: list[TransportWriter] = []
        self._left = 0
        self._since = 0.0
        self.gathers = type(loop).__module__.startswith("uvloop")

    def join(self, writer: TransportWriter) -> bool:
        """Have `writer.end_turn()` called at the end of the turn; False to one that waits."""
        writers, now = self._writers, self._now()
        late = now - self._since > PATIENCE
        if not writers:
            self._loop.call_soon(self._end)
            self._since = now
        elif late or len(writers) - self._left == TOGETHER:
            for each in writers[self._left :]:
                each.flush()
            self._left = len(writers)
            self._since = now
        writers.append(writer)
        return late or len(writers) == 1

    def _end(self) -> None:
        writers, self._writers = self._writers, []
        self._left = 0
        for writer in writers:
            writer.end_turn()


class TransportWriter:
    """The `Writer` of a cycle or session, over a transport.

    high_water: bytes in the send buffer over which the peer is `congested`, until a quarter of
    that. So it is too from a joined write that failed until `lost()`: an application that sends on
    without a pause would keep the event loop from telling it. `full` is true then, and for what is
    left of a turn in which too much was written: `drain()` waits. After `lost()`, what is written
    is dropped. reading: the peer is not held back. own_turn: the turn is of this connection alone;
    who sets it calls `end_turn()` as well.
    """

    __slots__ = (
        "_clock",
        "_joined",
        "_joining",
        "_loop",
        "_paused",
        "_size",
        "_transport",
        "_turn",
        "_waiters",
        "congested",
        "full",
        "own_turn",
        "peer_done",
        "reading",
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
        self.congested = False
        self._transport: asyncio.Transport | None = transport
        self._turn = turn
        self._loop = loop
        self._waiters: Waiters | None = None
        self.own_turn = False
        self.reading = True
        self._paused = False
        self._joining = False
        self._joined: list[Octets] = []
        self._size = 0
        self.peer_done = False
        self._clock = clock
        transport.set_write_buffer_limits(high=high_water)

    def write(self, data: Frame) -> None:
        """Send after what was written before."""
        transport = self._transport
        if transport is None:
            return
        octets: Octets
        if isinstance(data, bytes):
            octets = data
        else:
            # The head only waits for its payload, which is over the limit of a turn by itself.
            head, octets = data
            self.defer(head)
        self._size += len(octets)
        if self._joining or self._joined:
            self._joined.append(octets)
            if not self._joining:
                self._joining = True
                self.flush()
        else:
            self._joining = True
            if self.own_turn or self._turn.join(self):
                transport.write(octets)
            else:
                self._joined.append(octets)
        if self._size > TURN_LIMIT:
            self.flush()
            self.full = True

    def defer(self, data: bytes) -> None:
        """Send with the next write, or at the end of the turn."""
        if self._transport is None:
            return
        if not self._joining and not self._joined and not self.own_turn:
            self._joining = not self._turn.join(self)
        self._size += len(data)
        self._joined.append(data)

    def hold(self) -> None:
        """Join from the first write of this turn on: several are to be expected."""
        if not self._joining and not self.own_turn:
            self._turn.join(self)
        self._joining = True

    def end_turn(self) -> None:
        """Send what was joined; the next write leaves at once again."""
        self.own_turn = self._joining = False
        if self._joined:
            self.flush()
        if self._size > TURN_LIMIT:
            self._relax()
        self._size = 0

    async def drain(self) -> None:
        """Wait while `full`; returns too when the connection is lost."""
        if self._waiters is None:
            self._waiters = Waiters(self._loop)
        while self.full:
            await self._waiters.wait()

    def pause_reading(self) -> None:
        """Let TCP push back on the peer."""
        if self.reading and self._transport is not None and not self._transport.is_closing():
            self.reading = False
            self._paused = True
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read again."""
        if not self.reading and self._transport is not None and not self._transport.is_closing():
            self.reading = True
            self._transport.resume_reading()

    def has_paused(self) -> bool:
        """Whether reading is paused, or was since this was asked last: no silence counts then."""
        paused, self._paused = self._paused, not self.reading
        return paused

    def close(self, last: bytes = b"") -> None:
        """Let what was written leave, then end the connection; further writes are dropped.

        So nobody needs to wait for room: a peer that does not read would hold an application up.
        last: bytes to send with the end, in one packet where the system can.
        """
        transport = self._transport
        if transport is not None:
            if last:
                self._joined.append(last)
            if self._joined:
                cork(transport)
                self.flush()
            self._transport = None
            linger(transport, self._clock, peer_done=self.peer_done)
            self.resume_writing()

    def abort(self) -> None:
        """End the connection now; what waits to be sent is lost."""
        if self._transport is not None:
            self._transport.abort()

    def reset(self) -> None:
        """End the connection now, by RST: the peer must not take what it has for a whole."""
        if self._transport is not None and not self._transport.is_closing():
            sock = self._transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.abort()

    # What the transport tells.

    def pause_writing(self) -> None:
        """Learn that the send buffer is over the mark."""
        self.full = self.congested = True

    def resume_writing(self) -> None:
        """Learn that the send buffer has room."""
        self.congested = False
        self._relax()

    def eof_received(self) -> None:
        """Learn that the peer sends no more: nothing is left to linger for."""
        self.peer_done = True

    def lost(self) -> None:
        """Learn that the connection is gone: drop what waits, wake who waits."""
        self._transport = None
        self._joined.clear()
        self.resume_writing()

    def _relax(self) -> None:
        """Wake who waits, unless the peer holds them up."""
        self.full = self.congested
        if not self.full and self._waiters is not None:
            self._waiters.wake()

    def flush(self) -> None:
        """Send what was joined, in the midst of a turn."""
        transport, joined = self._transport, self._joined
        if joined and transport is not None:
            self._joined = []
            if self._size > TURN_LIMIT and self._turn.gathers:
                transport.writelines(joined)
            else:
                transport.write(b"".join(joined))
            if transport.is_closing():
                self.full = self.congested = True
