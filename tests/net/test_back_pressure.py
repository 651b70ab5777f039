"""Memory is bounded both ways: a slow application holds the peer up, a slow peer holds it up."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import tracemalloc
from typing import Any

import pytest

from tests.asgi.applications import Receive, Seen, Send, accepting, error_of
from tests.client import BINARY, PING, PONG, TEXT, Client, make_close, make_frame
from tests.conftest import Serve
from tests.net.conftest import Reading
from tests.serving import TIMEOUT, Serving
from wsgate.net import lingering

KERNEL = 65_536
"""Bytes that the buffers of the kernel are asked to hold."""


@accepting
async def echo(receive: Receive, send: Send) -> None:
    while (message := await receive())["type"] == "websocket.receive":
        await send({**message, "type": "websocket.send"})


def collecting(gate: asyncio.Event, seen: Seen) -> Any:
    """An application that receives when a gate is open."""

    @accepting
    async def application(receive: Receive, send: Send) -> None:
        await gate.wait()
        while (message := await receive())["type"] == "websocket.receive":
            seen.put(message.get("text") or message.get("bytes"))
        seen.put(message["code"])

    return application


def settle(server: Serving) -> None:
    """Let the server act on all that has arrived."""
    for _ in range(4):
        server.call(lambda: None)


def connect(server: Serving) -> Client:
    """A websocket whose peer lets little wait in its kernel."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, KERNEL)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.settimeout(TIMEOUT)
    sock.connect((server.host, server.port))
    client = Client(sock)
    client.open_websocket()
    return client


def assert_all_was_read(client: Client) -> None:
    """Our pong is behind all that we sent before the ping."""
    client.send_frame(PING, b"read?")
    assert client.read_frame()[:2] == (PONG, b"read?")


@pytest.mark.parametrize(
    ("options", "fits", "above"),
    [
        pytest.param({"ws_max_queue": 32}, ["x"] * 32, "x", id="R25-messages"),
        pytest.param({"ws_max_queue": 1}, ["x"], "x", id="R25-one-message"),
        pytest.param({"ws_max_buffer": 1000}, ["x" * 500, "y" * 500], "z", id="R25-bytes"),
        pytest.param({"ws_max_buffer": 1000}, ["\u20ac" * 333], "xx", id="R25-bytes-of-utf-8"),
    ],
)
def test_reading_pauses_above_the_limit(
    ws_serving: Serve,
    seen: Seen,
    reading: Reading,
    options: dict[str, int],
    fits: list[str],
    above: str,
) -> None:
    gate = asyncio.Event()
    with ws_serving(collecting(gate, seen), **options) as server, connect(server) as client:
        for message in fits:
            client.send_text(message)
        assert_all_was_read(client)
        assert reading.pauses == 0
        client.send_text(above)
        reading.wait_for_pause()
        client.send_text("later")
        settle(server)
        assert (reading.pauses, reading.resumes) == (1, 0)
        server.call(gate.set)
        assert [seen.take() for _ in range(len(fits) + 2)] == [*fits, above, "later"]
        assert reading.resumes == 1
        client.send_close(1000)
        assert seen.take() == 1000


def test_an_application_that_keeps_up_is_never_paused_for(
    ws_serving: Serve, reading: Reading
) -> None:
    with ws_serving(echo) as server, connect(server) as client:
        for number in range(500):
            client.send_text(str(number))
            assert client.read_text() == str(number)
    assert (reading.pauses, reading.resumes) == (0, 0)


def test_a_flood_pauses_and_resumes_by_the_half_of_the_queue(
    ws_serving: Serve, reading: Reading
) -> None:
    """Each pause and each resume is a system call: never one for each message."""
    queue, count = 32, 5000

    @accepting
    async def application(receive: Receive, send: Send) -> None:
        for _ in range(count):
            await receive()
            await asyncio.sleep(0)
        await send({"type": "websocket.send", "text": "all"})

    with ws_serving(application, ws_max_queue=queue) as server, connect(server) as client:
        for number in range(count):
            client.send_text(str(number))
        assert client.read_text() == "all"
    assert reading.pauses <= count / (queue / 2)
    assert reading.resumes <= reading.pauses


def test_R25_a_flood_waits_in_the_network_and_nothing_of_it_is_lost(
    ws_serving: Serve, seen: Seen, reading: Reading
) -> None:
    gate = asyncio.Event()
    count, size = 1000, 65_536
    held: list[int] = []
    with ws_serving(collecting(gate, seen)) as server, connect(server) as client:
        stream = b"".join(
            make_frame(BINARY, number.to_bytes(4, "big") * (size // 4)) for number in range(count)
        )
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            sending = threading.Thread(target=client.send, args=(stream,))
            sending.start()
            reading.wait_for_pause()
            settle(server)
            held.append(tracemalloc.get_traced_memory()[0] - before)
        finally:
            tracemalloc.stop()
        assert sending.is_alive(), "the server took it all"
        assert (reading.pauses, reading.resumes) == (1, 0)
        server.call(gate.set)
        numbers = [int.from_bytes(seen.take()[-4:], "big") for _ in range(count)]
        sending.join()
    assert numbers == list(range(count))
    assert held[0] < 4 * 1024 * 1024


def test_what_comes_before_accept_waits_too(
    ws_serving: Serve, seen: Seen, reading: Reading
) -> None:
    gate = asyncio.Event()
    count = 3000

    async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        await receive()
        await gate.wait()
        await send({"type": "websocket.accept"})
        for _ in range(count):
            seen.put((await receive())["text"])

    with ws_serving(application) as server, Client(server.connect()) as client:
        flood = b"".join(make_frame(TEXT, b"%04d" % number * 100) for number in range(count))
        opening = threading.Thread(target=client.open_websocket, kwargs={"behind": flood})
        opening.start()
        reading.wait_for_pause()
        server.call(gate.set)
        assert [int(seen.take()[-4:]) for _ in range(count)] == list(range(count))
        opening.join()


@pytest.mark.parametrize("ends", ["closes", "returns"])
def test_a_close_is_answered_however_much_has_not_been_received(
    ws_serving: Serve, monkeypatch: pytest.MonkeyPatch, reading: Reading, ends: str
) -> None:
    """Our Close says that we take nothing more: from then on we read, until the peer's comes."""
    monkeypatch.setattr(lingering, "LINGER_TIME", 3600.0)
    gate = asyncio.Event()

    @accepting
    async def application(receive: Receive, send: Send) -> None:
        await gate.wait()
        if ends == "closes":
            await send({"type": "websocket.close", "code": 1000})

    options = {"ws_max_queue": 2, "ws_max_buffer": 1000, "ws_close_timeout": 3600.0}
    with ws_serving(application, **options) as server, connect(server) as client:
        for _ in range(10):
            client.send_text("x" * 500)
        reading.wait_for_pause()
        server.call(gate.set)
        assert client.read_close() == (1000, "")
        for _ in range(10):
            client.send_text("x" * 500)
            settle(server)
        client.send(make_close(1000))
        assert client.read_all() == b""


def sending_for_ever(seen: Seen, sent: list[int], size: int) -> Any:
    """An application that sends numbered messages, counts them, and says how that ended."""

    @accepting
    async def application(receive: Receive, send: Send) -> None:
        error = None
        while error is None:
            payload = len(sent).to_bytes(4, "big") * (size // 4)
            error = await error_of(send({"type": "websocket.send", "bytes": payload}))
            sent.append(size)
        seen.put(type(error).__name__)
        seen.put((await receive())["code"])

    return application


def wait_until_stuck(server: Serving, sent: list[int]) -> int:
    """Wait until nothing more is sent; give how much was."""
    before = -1
    while before != len(sent):
        before = len(sent)
        settle(server)
    return before


def test_R05_stalled_readers_cost_no_more_than_the_limit(ws_serving: Serve, seen: Seen) -> None:
    size, count, limit = 16_384, 30, 65_536
    sent: list[int] = []
    with ws_serving(sending_for_ever(seen, sent, size), ws_write_limit=limit) as server:
        tracemalloc.start()
        try:
            clients = [connect(server) for _ in range(count)]
            for client in clients:
                client.read(size)
            wait_until_stuck(server, sent)
            held, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert held < count * 4 * limit
        for client in clients:
            client.reset()
        assert [seen.take() for _ in range(2 * count)].count("Disconnected") == count


def test_a_stalled_reader_loses_nothing(ws_serving: Serve, seen: Seen) -> None:
    size = 16_384
    sent: list[int] = []
    with ws_serving(sending_for_ever(seen, sent, size)) as server, connect(server) as client:
        stuck = wait_until_stuck(server, sent)
        for number in range(2 * stuck):
            frame = client.read_frame()
            assert (frame.opcode, len(frame.payload)) == (BINARY, size)
            assert int.from_bytes(frame.payload[-4:], "big") == number
        client.reset()
        assert seen.take() == "Disconnected"


def test_R06_a_connection_lost_while_send_waits_is_no_error(
    ws_serving: Serve, seen: Seen, caplog: pytest.LogCaptureFixture
) -> None:
    sent: list[int] = []
    with ws_serving(sending_for_ever(seen, sent, 65_536)) as server:
        client = connect(server)
        wait_until_stuck(server, sent)
        client.reset()
        assert [seen.take(), seen.take()] == ["Disconnected", 1006]
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []


def test_R07_a_stalled_reader_holds_nobody_else_up(ws_serving: Serve, seen: Seen) -> None:
    sent: list[int] = []
    stalling = sending_for_ever(seen, sent, 65_536)

    async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        await (stalling if not sent else echo)(scope, receive, send)

    with ws_serving(application) as server, connect(server) as stalled:
        wait_until_stuck(server, sent)
        with connect(server) as live:
            for number in range(100):
                live.send_text(str(number))
                assert live.read_text() == str(number)
        stalled.reset()
        assert seen.take() == "Disconnected"
