"""A client that does what it is told with its bytes, in the event loop of an attack."""

from __future__ import annotations

import asyncio
import json
import socket
import struct

from conformance.faults.application import Counts
from conformance.http.exchange import HOST
from tests.client import CLOSE, PING, PONG, Fields, make_frame, make_request, make_upgrade

DEFLATE = (("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"),)
"""The field that offers compression."""

SMALL = 4096
"""Bytes of the receive buffer of who does not read."""


class Peer:
    """A connection; as a context it is reset at the end, unless it was finished."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._writer.is_closing():
            self.reset()

    @classmethod
    async def connect(cls, port: int, *, deaf: bool = False) -> Peer:
        """Connect. deaf: with small buffers, so that what is not read is soon noticed."""
        sock = socket.socket()
        sock.setblocking(False)
        if deaf:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
        try:
            await asyncio.get_running_loop().sock_connect(sock, (HOST, port))
        except BaseException:
            sock.close()
            raise
        return cls(*await asyncio.open_connection(sock=sock, limit=SMALL))

    @classmethod
    async def open(
        cls, port: int, path: str = "/echo", fields: Fields = (), *, deaf: bool = False
    ) -> Peer:
        """Open a websocket; raises ConnectionError where it is refused."""
        peer = await cls.connect(port, deaf=deaf)
        try:
            peer.ask(path, fields)
            head = await peer.read_head()
            if not head.startswith(b"HTTP/1.1 101"):
                raise ConnectionRefusedError(head)
        except BaseException:
            peer.reset()
            raise
        return peer

    def ask(self, path: str, fields: Fields = ()) -> None:
        """Ask for a websocket."""
        self.send(make_upgrade(path, fields))

    def send(self, data: bytes) -> None:
        """Send bytes, at once or later."""
        self._writer.write(data)

    async def sent(self) -> None:
        """Wait until little of it waits here; raises ConnectionError."""
        await self._writer.drain()

    async def read_head(self) -> bytes:
        """Read the head of a response; raises ConnectionResetError where there is none."""
        try:
            return await self._reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            raise ConnectionResetError("the server has ended the connection") from None

    async def read(self, size: int) -> bytes:
        """Read exactly so many bytes; raises ConnectionResetError where they do not come."""
        try:
            return await self._reader.readexactly(size)
        except asyncio.IncompleteReadError:
            raise ConnectionResetError("the server has ended the connection") from None

    async def read_frame(self) -> tuple[int, bytes]:
        """Give opcode and payload of the next frame; a Close also stands for the end."""
        try:
            first, second = await self.read(2)
            size = second & 0x7F
            if size > 125:
                size = int.from_bytes(await self.read(2 if size == 126 else 8), "big")
            return first & 0x0F, await self.read(size)
        except ConnectionError:
            return CLOSE, b""

    async def read_until(self, *opcodes: int) -> int:
        """Skip frames up to one of these kinds, or to the end; give its opcode."""
        while (opcode := (await self.read_frame())[0]) not in (*opcodes, CLOSE):
            pass
        return opcode

    async def read_data(self) -> tuple[int, bytes]:
        """Give opcode and payload of the next message or Close; pings are answered."""
        while (frame := await self.read_frame())[0] in (PING, PONG):
            if frame[0] == PING:
                self.send(make_frame(PONG, frame[1]))
        return frame

    async def read_all(self) -> bytes:
        """Read until the server ends the connection in any way."""
        data = b""
        try:
            while more := await self._reader.read(SMALL):
                data += more
        except ConnectionError:
            pass
        return data

    def finish(self) -> None:
        """Send FIN, and leave."""
        self._writer.close()

    def reset(self) -> None:
        """Send RST."""
        sock = self._writer.get_extra_info("socket")
        if sock.fileno() >= 0:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


async def counts(port: int) -> Counts:
    """Ask a process that serves for its counts."""
    with await Peer.connect(port) as peer:
        peer.send(make_request("GET", "/counts", [("Connection", "close")]))
        await peer.read_head()
        return Counts(**json.loads(await peer.read_all()))
