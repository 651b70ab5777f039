"""Where connections are accepted: opened and closed, also for a while.

A worker that has far more than its share of the connections rests: it closes its listeners, not
the sockets, and what connects meanwhile waits in their queue for another worker. It opens them
again when the others have caught up, or where nobody takes what waits: they may be busy, or hang.
It rests too while there is hardly a file descriptor left.
"""

from __future__ import annotations

import asyncio
import logging
import os
import select
import socket
import sys
from collections.abc import Callable
from functools import partial
from typing import cast

from wsgate.asgi.types import ServerAddress
from wsgate.net.descriptors import Descriptors
from wsgate.net.http_connection import HttpConnection
from wsgate.net.proxied_connection import Following, ProxiedConnection
from wsgate.net.service import Service
from wsgate.net.sockets import own_end
from wsgate.net.tls import TlsConnection

logger = logging.getLogger("wsgate.error")

BATCH = 4
"""Connections that are accepted in a turn of the event loop, where other workers could too."""

BATCH_ALONE = 8
"""The same where there is no other: they all need a file descriptor before one is looked at."""

SHORTEST_LOOK = 0.01
LONGEST_LOOK = 0.25
"""Seconds between two looks of a worker that rests; each time twice as many."""

TELL_AGAIN = 10.0
"""Seconds between two lines that say that there is no file descriptor left."""


class _Duplicate(socket.socket):
    """A duplicate of a socket that listens already.

    asyncio accepts as many connections in a row as the backlog it is told: here the two differ.
    """

    def listen(self, backlog: int = 0, /) -> None:
        """Leave the queue as it is."""


class Listener:
    """Accepts on a socket, which outlives it: others may have it too.

    batch: connections in a turn of the event loop. asyncio takes as many in a row; libuv takes one
    for each server, so there it is as many servers. A turn for each of those that connect at once
    takes half of the time that they need (docs/decisions/010).
    """

    def __init__(
        self,
        sock: socket.socket,
        protocol: Callable[[], asyncio.Protocol],
        backlog: int,
        batch: int,
    ) -> None:
        self._sock = sock
        self._protocol = protocol
        self._backlog = backlog
        self._batch = batch
        self._accepting: list[tuple[socket.socket, asyncio.AbstractServer]] = []

    async def open(self) -> None:
        """Accept. Raises OSError where there is no file descriptor left."""
        if isinstance(asyncio.get_running_loop(), asyncio.BaseEventLoop):
            await self._serve(backlog=self._batch)
        else:
            for _ in range(self._batch):
                await self._serve(self._backlog)

    async def _serve(self, backlog: int) -> None:
        loop = asyncio.get_running_loop()
        # Not sock.dup(): it sets, for a moment, all that share the socket to wait in accept().
        sock = _Duplicate(fileno=os.dup(self._sock.fileno()))
        if sock.family != getattr(socket, "AF_UNIX", None):
            server = await loop.create_server(self._protocol, sock=sock, backlog=backlog)
        elif sys.version_info >= (3, 13):
            # Before, the file stays anyway; net.sockets says why.
            server = await loop.create_unix_server(
                self._protocol, sock=sock, backlog=backlog, cleanup_socket=False
            )
        else:
            server = await loop.create_unix_server(self._protocol, sock=sock, backlog=backlog)
        self._accepting.append((sock, server))

    async def close(self) -> None:
        """Accept no more.

        asyncio accepts in two steps; where its server closes in between, a connection is lost
        that nobody knows of: the first step has to end a turn of the loop before.
        """
        if not self._accepting:
            return
        accepting, self._accepting = self._accepting, []
        for sock, _ in accepting:
            asyncio.get_running_loop().remove_reader(sock)
        await asyncio.sleep(0)
        for _, server in accepting:
            server.close()


class Gate:
    """The listeners of a worker. share: where it is one of several that have the same sockets."""

    def __init__(self, service: Service, sockets: list[socket.socket]) -> None:
        self._service = service
        first: Callable[[Service, ServerAddress | None], object] = HttpConnection
        if service.certificates is not None:
            first = TlsConnection
        if service.config.proxy_protocol:
            first = partial(ProxiedConnection, cast(Following, first))
        # They are protocols by what they do.
        self._first = cast(Callable[[Service, ServerAddress | None], asyncio.Protocol], first)
        self._sockets = sockets
        backlog = service.config.backlog
        batch = BATCH_ALONE if service.share is None else BATCH
        self._listeners = [
            Listener(each, partial(self._admit, own_end(each)), backlog, batch) for each in sockets
        ]
        self._descriptors = Descriptors()
        self._tell_at = 0.0
        self._resting: asyncio.Task[None] | None = None
        self._shut = asyncio.Event()

    async def open(self) -> None:
        """Accept connections."""
        if self._service.share is not None:
            self._service.share.publish(len(self._service.connections))
        for listener in self._listeners:
            await listener.open()

    async def shut(self) -> None:
        """Accept no more, and close the sockets."""
        self._shut.set()
        if self._resting is not None:
            await self._resting
        await self._close()
        # Who was accepted last has a protocol only in the next turn of the loop.
        await asyncio.sleep(0)
        for sock in self._sockets:
            sock.close()
        share, self._service.share = self._service.share, None
        if share is not None:
            share.leave()

    def _admit(self, server: ServerAddress | None) -> asyncio.Protocol:
        """Make the protocol of a connection that has just been accepted."""
        service, share = self._service, self._service.share
        if share is not None:
            share.publish(len(service.connections) + 1)
        if ((share is not None and share.over) or self._crowded()) and self._accepting:
            self._resting = service.loop.create_task(self._rest())
        return self._first(service, server)

    async def _close(self) -> None:
        for listener in self._listeners:
            await listener.close()

    @property
    def _accepting(self) -> bool:
        return self._resting is None or self._resting.done()

    def _crowded(self) -> bool:
        """Whether there is no file descriptor for more."""
        connections = len(self._service.connections) + 1
        return self._descriptors.scarce(connections, self._sockets[0].fileno())

    async def _rest(self) -> None:
        """Accept nothing for a while."""
        await self._close()
        if self._crowded():
            self._tell()
        before, delay = self._total(), SHORTEST_LOOK
        while not await self._shut_within(delay):
            total = self._total()
            if not self._crowded() and self._wanted(total == before):
                try:
                    await self.open()
                    return
                except OSError as error:
                    logger.error("Cannot accept connections again: %s", error)
                    await self._close()
            before, delay = total, min(2 * delay, LONGEST_LOOK)

    def _tell(self) -> None:
        """Say why nobody is accepted, not each time."""
        now = self._service.clock.now()
        if now >= self._tell_at:
            self._tell_at = now + TELL_AGAIN
            logger.warning(
                "Nobody is accepted for now: of %d file descriptors (ulimit -n), "
                "%d connections have theirs, and hardly one is left",
                self._descriptors.limit,
                len(self._service.connections),
            )

    def _total(self) -> int:
        share = self._service.share
        return 0 if share is None else share.total()

    def _wanted(self, unchanged: bool) -> bool:
        """Whether the others have caught up, or nobody takes what waits."""
        share = self._service.share
        return share is None or share.fair or (unchanged and self._waited_for())

    async def _shut_within(self, delay: float) -> bool:
        shutting = asyncio.ensure_future(self._shut.wait())
        await asyncio.wait({shutting}, timeout=delay)
        shutting.cancel()
        return self._shut.is_set()

    def _waited_for(self) -> bool:
        """Whether a connection waits to be accepted."""
        waiting = select.poll()
        for sock in self._sockets:
            waiting.register(sock, select.POLLIN)
        return bool(waiting.poll(0))
