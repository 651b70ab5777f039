"""The end of a connection, without RST.

Where bytes of the peer are unread at a close, the kernel sends RST, and that destroys what is
still on its way to the peer (RFC 9112 section 9.6). So our half of the stream ends behind what was
written, and what still comes is discarded for a bounded time before TCP is closed.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Final, cast

from wsgate.net.clock import Clock, Deadline

LINGER_TIME: Final = 2.0
LINGER_BYTES: Final = 65_536
"""Seconds and bytes for which a peer may still talk to us once it was sent everything."""

CORK: Final[int] = getattr(socket, "TCP_CORK", 0)

STALL_TIME: Final = 30.0
"""Seconds in which a peer has to take something of what is still to be sent to it."""


class Lingering:
    """Stand in for a connection's protocol from our end of the stream to the peer's.

    ended: the protocol before; it still learns of the send buffer and of the loss. An
    `asyncio.Protocol` by what it does, as `WebSocketConnection`.
    """

    __slots__ = ("_deadline", "_discarded", "_ended", "_transport", "_unsent")

    def __init__(
        self, ended: asyncio.BaseProtocol, transport: asyncio.Transport, clock: Clock
    ) -> None:
        self._ended = ended
        self._transport = transport
        self._discarded = 0
        unsent = transport.get_write_buffer_size()
        # Most often that has left a moment later; before uvloop 0.23 it is whatever was written
        # last. So look soon, and let the peer have STALL_TIME where something is unsent then.
        self._unsent = unsent + 1 if unsent else 0
        self._deadline = Deadline(clock, self)
        self._deadline.arm(LINGER_TIME)

    def data_received(self, data: bytes) -> None:
        """Discard."""
        self._discarded += len(data)
        if self._discarded > LINGER_BYTES:
            self._transport.abort()

    def eof_received(self) -> bool:
        """Have the transport close: this is the end that was waited for."""
        return False

    def deadline_reached(self) -> None:
        """Wait on only while the peer still takes what is to be sent."""
        unsent = self._transport.get_write_buffer_size()
        if unsent < self._unsent:
            self._unsent = unsent
            self._deadline.arm(STALL_TIME if unsent else LINGER_TIME)
        else:
            self._transport.abort()

    def pause_writing(self) -> None:
        """Pass on."""
        self._ended.pause_writing()

    def resume_writing(self) -> None:
        """Pass on."""
        self._ended.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass on."""
        self._deadline.drop()
        self._ended.connection_lost(exc)


def cork(transport: asyncio.Transport) -> None:
    """Keep what is written from now on for the packet that ends the stream: `linger` comes next.

    Each packet wakes its reader. (tcp(7), TCP_CORK; other systems send two.)
    """
    if CORK and transport.can_write_eof():
        try:
            transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, CORK, 1)
        except OSError:
            pass  # a unix socket, or the peer has reset the connection


def linger(transport: asyncio.Transport, clock: Clock, *, peer_done: bool) -> None:
    """End our half of the stream behind what was written, then wait for the peer's end.

    peer_done: that has come; the transport may not tell of it again.
    """
    if transport.is_closing():
        return
    if not transport.can_write_eof():
        transport.close()
        return
    lingering = Lingering(transport.get_protocol(), transport, clock)
    transport.set_protocol(cast(asyncio.Protocol, lingering))
    if peer_done:
        transport.close()
        return
    try:
        transport.write_eof()
    except OSError:
        # The peer has reset the connection in this very moment; uvloop tells it later.
        transport.abort()
        return
    transport.resume_reading()
