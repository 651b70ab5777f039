"""A naive proxy: behind a request for an upgrade it tunnels, whatever the backend answers.

Anything else it serves itself, with a 403: so what passes by it came through a tunnel.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator

from conformance.http.exchange import HOST

FORBIDDEN = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

_ASKS = re.compile(rb"\r\nupgrade:[ \t]*websocket\r\n", re.IGNORECASE)


class NaiveProxy:
    """Serves one client. port: where it listens. backend_port: its own, once it has connected."""

    def __init__(self, backend: int) -> None:
        self.port = 0
        self.backend_port = 0
        self._backend = backend
        self._served = asyncio.Event()

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[NaiveProxy]:
        """Serve until the block ends, in which a client has to come and go."""
        server = await asyncio.start_server(self._serve, HOST, 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
            await self._served.wait()
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.closing(writer):
                head = await reader.readuntil(b"\r\n\r\n")
                if _ASKS.search(head):
                    await self._tunnel(head, reader, writer)
                else:
                    writer.write(FORBIDDEN)
        finally:
            self._served.set()

    async def _tunnel(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Pass on both ways until the client has gone."""
        far_reader, far_writer = await asyncio.open_connection(HOST, self._backend)
        self.backend_port = far_writer.get_extra_info("sockname")[1]
        with contextlib.closing(far_writer):
            far_writer.write(head)
            backwards = asyncio.ensure_future(_forward(far_reader, writer))
            await _forward(reader, far_writer)
            backwards.cancel()


async def _forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what comes, and how it ends."""
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except OSError:
        writer.transport.abort()
