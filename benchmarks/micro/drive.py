"""Drive one case: the real protocol and a real application, between a loop and no socket.

Each case runs a given number of turns of the event loop, and only the first of them carry messages.
So two runs with equal turns differ by the messages alone: neither the start nor the loop counts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import closing
from typing import Any

from benchmarks.micro.cases import Case, Path
from benchmarks.micro.frames import client_frame, length_field, pieces
from benchmarks.micro.transport import CountingTransport
from wsgate.asgi.types import Receive, Scope, Send
from wsgate.config import Config
from wsgate.net.http_connection import HttpConnection
from wsgate.net.service import Service

UPGRADE = (
    b"GET /echo HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\nSec-WebSocket-Version: 13\r\n"
)
OFFER = b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
REQUEST = b"GET /item HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nAccept: */*\r\n\r\n"

SETTLE = 6
"""Turns in which whatever was begun comes to rest."""

AN_HOUR = 3600
"""Seconds between pings: valgrind is slow, and a ping is none of the messages."""


def drive(case: Case, messages: int, turns: int) -> None:
    """Run a case on a loop of its own, asyncio's: it gives the same counts each time.

    Raises AssertionError where a message was not carried.
    """
    with closing(asyncio.new_event_loop()) as loop:
        loop.run_until_complete(Drive(case, messages, turns).run(loop))


class Drive:
    """One run of a case: the application and its peer. So many of the turns carry messages."""

    def __init__(self, case: Case, messages: int, turns: int) -> None:
        self._case = case
        self._messages = messages
        self._turns = turns
        self._taken = 0
        self._begin = asyncio.Event()
        self._sent = asyncio.Event()

    async def run(self, loop: asyncio.AbstractEventLoop) -> None:
        """Play the case and look whether it was played."""
        config = Config(app=self._application, access_log=False, ws_ping_interval=AN_HOUR)
        service = Service(config, self._application, {}, loop)
        if self._case.path is Path.OPEN:
            await self._each_turn(lambda: self._open_and_lose(service))
            assert self._taken == self._messages
        elif self._case.path is Path.REQUEST:
            transport = CountingTransport(HttpConnection(service))
            await self._each_turn(lambda: self._request(transport))
            assert self._taken == self._messages
        else:
            await self._converse(await self._open(service))
        service.clock.stop()

    async def _each_turn(self, act: Callable[[], Awaitable[None]]) -> None:
        for turn in range(self._turns):
            if turn < self._messages:
                await act()
            await asyncio.sleep(0)

    # The application.

    async def _application(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self._taken += 1
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"hello"})
            return
        await receive()
        await send({"type": "websocket.accept"})
        if self._case.path in {Path.SEND, Path.PUSH}:
            await self._begin.wait()
            await self._say(send)
            self._sent.set()
        await self._take(receive, send)

    async def _say(self, send: Send) -> None:
        if self._case.path is Path.SEND:
            # Another object each time; as many are made whatever the number that is sent.
            messages = iter([self._message() for _ in range(self._turns)])
            await self._each_turn(lambda: send(next(messages)))
            return
        message = self._message()
        for _ in range(self._messages):
            await send(message)

    def _message(self) -> dict[str, Any]:
        payload = bytes(bytearray(self._case.payload))
        if self._case.kind == "text":
            return {"type": "websocket.send", "text": payload.decode()}
        return {"type": "websocket.send", "bytes": payload}

    async def _take(self, receive: Receive, send: Send) -> None:
        kind = "text" if self._case.kind == "text" else "bytes"
        echo = self._case.path is Path.ECHO
        while (message := await receive())["type"] == "websocket.receive":
            self._taken += 1
            if echo:
                await send({"type": "websocket.send", kind: message[kind]})
        if self._case.path is Path.OPEN:
            self._taken += 1

    # The peer.

    async def _open(self, service: Service) -> CountingTransport:
        transport = CountingTransport(HttpConnection(service))
        offer = OFFER if self._case.compressed else b""
        transport.deliver(UPGRADE + offer + b"\r\n")
        await settle()
        return transport

    async def _open_and_lose(self, service: Service) -> None:
        transport = await self._open(service)
        transport.abort()
        await settle()

    async def _request(self, transport: CountingTransport) -> None:
        transport.deliver(REQUEST)
        await settle()

    async def _converse(self, transport: CountingTransport) -> None:
        before = transport.written
        frames = pieces(client_frame(self._case) * self._case.in_flight)

        def read() -> None:
            for piece in frames:
                transport.deliver(piece)

        async def feed() -> None:
            # As from a socket: in a callback of the loop, where no task runs.
            asyncio.get_running_loop().call_soon(read)

        if self._case.path in {Path.SEND, Path.PUSH}:
            self._begin.set()
            await self._sent.wait()
        else:
            await self._each_turn(feed)
        await settle()
        self._check(transport.written - before, transport.last)
        transport.abort()
        await settle()

    def _check(self, written: int, last: bytes) -> None:
        """Look at how many bytes were written, and at the last of their pieces."""
        case, messages = self._case, self._messages * self._case.in_flight
        speaks = case.path is not Path.RECEIVE
        listens = case.path in {Path.RECEIVE, Path.ECHO}
        assert self._taken == messages * listens
        if speaks and case.compressed:
            assert 0 < written < messages * case.size
            assert last[0] & 0x40, "not compressed"
        else:
            assert written == messages * speaks * (1 + len(length_field(case.size)) + case.size)


async def settle() -> None:
    """Let turns of the loop pass."""
    for _ in range(SETTLE):
        await asyncio.sleep(0)
