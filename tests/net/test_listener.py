"""A worker that has more than its share: it rests, and accepts again when it should."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager, closing
from typing import Any

import pytest

from tests.client import make_request
from tests.serving import TIMEOUT
from wsgate.config import Config
from wsgate.event_loop import cancel_all, new_event_loop
from wsgate.net.listener import Listener
from wsgate.net.share import AWAY, Share, numbers
from wsgate.server import Server

OVER = 9
"""Connections with which one of two workers, of whom the other has none, is over the mean."""


async def hello(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": b"hello"})


class Guests:
    """Connections to a worker; the row of another worker is played by the test."""

    def __init__(self, address: Any, table: memoryview, opened: ExitStack) -> None:
        self.table = table
        self._address = address
        self._opened = opened

    def connect(self) -> socket.socket:
        sock = self._opened.enter_context(socket.create_connection(self._address))
        sock.setblocking(False)
        return sock

    async def answered(self, sock: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(sock, make_request())
        assert (await loop.sock_recv(sock, 100)).startswith(b"HTTP/1.1 200")

    async def fill(self) -> None:
        """Bring the worker over the mean."""
        for _ in range(OVER):
            await self.answered(self.connect())


@asynccontextmanager
async def serving(**options: Any) -> AsyncIterator[Guests]:
    """Serve as the first of two workers."""
    table = memoryview(bytearray(numbers(2) * 8)).cast("q")
    table[0], table[1] = 2, AWAY
    listener = socket.create_server(("127.0.0.1", 0))
    address = listener.getsockname()
    config = Config(app=hello, lifespan="off", timeout_keep_alive=3600.0, **options)
    server = Server(config, Share(table, 1))
    running = asyncio.ensure_future(server.serve([listener], handle_signals=False))
    await server.started.wait()
    try:
        with ExitStack() as opened:
            yield Guests(address, table, opened)
    finally:
        server.stop()
        await running
    assert table[1] == AWAY
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)


def in_loop(loop_kind: str, scenario: Callable[[], Awaitable[None]]) -> None:
    with closing(new_event_loop(loop_kind)) as loop:
        loop.run_until_complete(asyncio.wait_for(scenario(), TIMEOUT))
        loop.run_until_complete(cancel_all())


def test_it_accepts_again_when_the_others_have_caught_up(loop_kind: str) -> None:
    async def scenario() -> None:
        async with serving() as guests:
            await guests.fill()
            guests.table[3] = OVER + 1
            await guests.answered(guests.connect())

    in_loop(loop_kind, scenario)


def test_it_accepts_again_where_nobody_takes_what_waits(loop_kind: str) -> None:
    async def scenario() -> None:
        async with serving() as guests:
            await guests.fill()
            assert guests.table[3] == 0
            for _ in range(3):
                await guests.answered(guests.connect())

    in_loop(loop_kind, scenario)


@pytest.mark.plain
def test_it_rests_as_long_as_others_accept(loop_kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    total = Share.total
    looks: list[int] = []

    async def scenario() -> None:
        looked = asyncio.Event()

        def another_is_taken(share: Share) -> int:
            looks.append(guests.table[1])
            guests.table[3] = len(looks)
            if len(looks) == 4:
                looked.set()
            return total(share)

        async with serving() as guests:
            monkeypatch.setattr(Share, "total", another_is_taken)
            await guests.fill()
            waiting = guests.connect()
            await looked.wait()
            monkeypatch.undo()
            guests.table[3] = OVER
            await guests.answered(waiting)

    in_loop(loop_kind, scenario)
    assert set(looks) == {OVER}


def test_it_ends_while_it_rests(loop_kind: str) -> None:
    async def scenario() -> None:
        async with serving() as guests:
            await guests.fill()

    in_loop(loop_kind, scenario)


def test_it_tries_again_where_it_cannot_listen(
    loop_kind: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    opening = Listener.open

    async def scenario() -> None:
        async with serving() as guests:
            failures = [OSError("Too many open files")]

            async def opens(listener: Listener) -> None:
                if failures:
                    raise failures.pop()
                await opening(listener)

            await guests.fill()
            monkeypatch.setattr(Listener, "open", opens)
            await guests.answered(guests.connect())

    in_loop(loop_kind, scenario)
    assert "Cannot accept connections again: Too many open files" in caplog.text


def test_what_waits_is_accepted_in_batches(loop_kind: str) -> None:
    """In two turns of the loop here: one for each connection costs as much as they do."""
    batch = 4
    accepted_in: list[int] = []

    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        turn = 0
        all_accepted = asyncio.Event()

        def next_turn() -> None:
            nonlocal turn
            turn += 1
            loop.call_soon(next_turn)

        def protocol() -> asyncio.Protocol:
            accepted_in.append(turn)
            if len(accepted_in) == 2 * batch:
                all_accepted.set()
            return asyncio.Protocol()

        with ExitStack() as opened:
            sock = opened.enter_context(socket.create_server(("127.0.0.1", 0)))
            for _ in range(2 * batch):
                opened.enter_context(socket.create_connection(sock.getsockname()))
            listener = Listener(sock, protocol, 100, batch)
            next_turn()
            await listener.open()
            await all_accepted.wait()
            await listener.close()

    in_loop(loop_kind, scenario)
    assert len(set(accepted_in)) == 2


class Watched(socket.socket):
    """A socket that others share, who all would wait in accept() if it were made to block."""

    def settimeout(self, value: float | None, /) -> None:
        assert value == 0.0

    def setblocking(self, flag: bool, /) -> None:
        assert not flag


def test_it_never_makes_the_socket_block(loop_kind: str) -> None:
    async def scenario() -> None:
        with Watched() as sock:
            sock.bind(("127.0.0.1", 0))
            sock.listen()
            listener = Listener(sock, asyncio.Protocol, 100, 1)
            for _ in range(3):
                await listener.open()
                assert not os.get_blocking(sock.fileno())
                await listener.close()

    in_loop(loop_kind, scenario)
