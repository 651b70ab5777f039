"""A line to a server that is slow, or breaks, when a test wants it: it needs no rights."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.client import Client
from tests.e2e.process import TIMEOUT

AT_ONCE = 65_536
"""Bytes of a piece at most."""


class Line:
    """All connections that are made through it; what is said of it holds for both directions.

    delay: seconds that each piece is held back, one after the other. swallowed: bytes that came
    while it was a black hole.
    """

    def __init__(self, server: int) -> None:
        self.port = 0
        self.delay = 0.0
        self.swallowed = 0
        self._server = server
        self._hole = False
        self._loop = asyncio.new_event_loop()
        self._carrying: set[asyncio.Task[None]] = set()
        self._to_server: list[asyncio.StreamWriter] = []
        self._to_clients: list[asyncio.StreamWriter] = []

    def connect(self) -> Client:
        """Connect to the server by this line."""
        return Client(socket.create_connection(("127.0.0.1", self.port), TIMEOUT))

    def black_hole(self) -> None:
        """Carry nothing from now on, not even an end, and tell nobody."""
        self._hole = True

    def half_close(self) -> None:
        """Send FIN to the server alone: what it says is still carried."""
        self._do(lambda: _finish(self._to_server))

    def cut(self) -> None:
        """Send FIN to both ends."""
        self._do(lambda: _finish(self._to_server + self._to_clients))

    def reset(self) -> None:
        """Send RST to both ends."""
        self._do(lambda: _reset(self._to_server + self._to_clients))

    async def open(self) -> None:
        """Take connections."""
        listener = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = listener.sockets[0].getsockname()[1]
        self._listener = listener

    async def close(self) -> None:
        """Let go of all."""
        self._listener.close()
        for task in self._carrying:
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    def run(self, opened: Callable[[], None]) -> None:
        """Serve in this thread, until the loop is stopped."""
        self._loop.run_until_complete(self.open())
        self._loop.call_soon(opened)
        self._loop.run_forever()
        self._loop.run_until_complete(self.close())
        self._loop.close()

    def stop(self) -> None:
        """End that, from another thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _do(self, act: Callable[[], None]) -> None:
        async def acting() -> None:
            act()

        asyncio.run_coroutine_threadsafe(acting(), self._loop).result(TIMEOUT)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = self._loop.create_task(self._join(reader, writer))
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far = await asyncio.open_connection("127.0.0.1", self._server)
        self._to_server.append(far)
        self._to_clients.append(writer)
        try:
            await asyncio.gather(self._carry(reader, far), self._carry(far_reader, writer))
        except ConnectionError:
            _reset([writer, far])
        finally:
            self._to_server.remove(far)
            self._to_clients.remove(writer)
            writer.close()
            far.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(AT_ONCE):
            await asyncio.sleep(self.delay)
            if self._hole:
                self.swallowed += len(data)
            else:
                writer.write(data)
                await writer.drain()
        if self._hole:
            await self._loop.create_future()
        _finish([writer])


def _finish(writers: list[asyncio.StreamWriter]) -> None:
    for each in writers:
        each.write_eof()


def _reset(writers: list[asyncio.StreamWriter]) -> None:
    for each in writers:
        if each.transport.is_closing():
            continue
        sock = each.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        each.transport.abort()


@contextmanager
def line(server: int) -> Iterator[Line]:
    """Lay a line to a port of this machine, in a thread of its own."""
    laid, opened = Line(server), threading.Event()
    thread = threading.Thread(target=laid.run, args=(opened.set,), name=f"line to {server}")
    thread.start()
    try:
        assert opened.wait(TIMEOUT)
        yield laid
    finally:
        laid.stop()
        thread.join(TIMEOUT)
