"""The clients' side: thousands of websockets in one event loop, each with its numbers."""

from __future__ import annotations

import asyncio
import random
from typing import cast

UPGRADE = (
    "GET /{name} HTTP/1.1\r\nHost: drain\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
TEXT, CLOSE, PING, PONG = 0x81, 0x88, 0x89, 0x8A
OPENING_AT_ONCE = 100
BURST = 3
"""Numbers that a client sends at once: the application is busy with one, and the others wait."""


class Client(asyncio.Protocol):
    """One websocket. sent, received: how many numbers, in order.

    arrived: how many of those sent the server has certainly received before its Close: a ping goes
    behind them, and its pong came.
    code: of the server's Close, 0 where none came; closed_at: when it came, by the loop's clock.
    clean: TCP ended behind it by FIN. reset: TCP ended by RST.
    """

    def __init__(self, name: str, loop: asyncio.AbstractEventLoop) -> None:
        self.name = name
        self.sent = self.received = self.arrived = self.code = 0
        self.closed_at = 0.0
        self.in_order = True
        self.clean = self.reset = False
        self.opened: asyncio.Future[bool] = loop.create_future()
        self.ended: asyncio.Future[None] = loop.create_future()
        self._loop = loop
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for a websocket."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(UPGRADE.format(name=self.name).encode())

    def data_received(self, data: bytes) -> None:
        """Take the answer, and then frames, all of them short."""
        self._rest += data
        if not self.opened.done():
            head, end, rest = self._rest.partition(b"\r\n\r\n")
            if not end:
                return
            self._rest = rest
            self.opened.set_result(head.startswith(b"HTTP/1.1 101"))
        while len(self._rest) >= 2 and len(self._rest) >= 2 + self._rest[1]:
            first, size = self._rest[0], self._rest[1]
            payload, self._rest = self._rest[2 : 2 + size], self._rest[2 + size :]
            self._take(first, payload)

    def _take(self, first: int, payload: bytes) -> None:
        if first == TEXT:
            self.in_order &= not self.code and payload == b"%d" % self.received
            self.received += 1
        elif first == CLOSE:
            self.code = int.from_bytes(payload[:2], "big") or 1005
            self.closed_at = self._loop.time()
            self._send(CLOSE, payload[:2])
        elif first == PING:
            self._send(PONG, payload)
        elif first == PONG and not self.code:
            self.arrived = int(payload)

    def say(self) -> None:
        """Send the next numbers."""
        if not self.code and not self.ended.done():
            for _ in range(BURST):
                self._send(TEXT, b"%d" % self.sent)
                self.sent += 1
            self._send(PING, b"%d" % self.sent)

    def _send(self, first: int, payload: bytes) -> None:
        self._transport.write(bytes((first, 0x80 | len(payload), 0, 0, 0, 0)) + payload)

    def eof_received(self) -> None:
        """Take the end of the stream."""
        self.clean = bool(self.code)

    def connection_lost(self, exc: Exception | None) -> None:
        """Take the end of the connection."""
        self.reset = isinstance(exc, ConnectionResetError | BrokenPipeError)
        if not self.opened.done():
            self.opened.set_result(False)
        self.ended.set_result(None)


class Crowd:
    """Clients of one address. late: the most seconds that any timer of them came too late."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._loop = asyncio.get_running_loop()
        self.clients: list[Client] = []
        self.late = 0.0

    async def open(self, count: int) -> None:
        """Open so many websockets; raises AssertionError where one is refused."""
        for begin in range(0, count, OPENING_AT_ONCE):
            names = [
                f"{len(self.clients)}-{each}" for each in range(begin, begin + OPENING_AT_ONCE)
            ]
            clients = [Client(name, self._loop) for name in names[: count - begin]]
            await asyncio.gather(*(self._connect(each) for each in clients))
            self.clients += clients

    async def _connect(self, client: Client) -> None:
        await self._loop.create_connection(lambda: client, self._host, self._port)
        assert await client.opened, "a handshake was refused"

    async def talk(self, interval: float) -> None:
        """Have each send its numbers in each interval, in random order, for ever."""
        while True:
            clients = self.clients[:]
            random.shuffle(clients)
            for at in range(0, len(clients), 50):
                for client in clients[at : at + 50]:
                    client.say()
                pause = interval * 50 / len(clients)
                due = self._loop.time() + pause
                await asyncio.sleep(pause)
                self.late = max(self.late, self._loop.time() - due)

    async def end(self) -> None:
        """Wait until all have ended."""
        await asyncio.wait({each.ended for each in self.clients})
