"""Keepalive tells the truth: who is alive lives, who is dead is found (R08, R25, R27)."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from tests.asgi.applications import Receive, Seen, Send, accepting, disconnect, error_of
from tests.client import PING, PONG, TEXT, Client, make_frame
from tests.conftest import Serve
from tests.net.conftest import Reading
from tests.serving import TIMEOUT, Serving

INTERVAL = 0.1
QUICK = {"ws_ping_interval": INTERVAL, "ws_ping_timeout": 0.25}
PATIENT = {"ws_ping_interval": INTERVAL, "ws_ping_timeout": 3600.0}


@accepting
async def echo(receive: Receive, send: Send) -> None:
    while (message := await receive())["type"] == "websocket.receive":
        await send({**message, "type": "websocket.send"})


def connect(server: Serving, **options: int) -> Client:
    """Connect; options: of the socket, by name."""
    sock = socket.socket()
    for name, value in options.items():
        sock.setsockopt(socket.SOL_SOCKET, getattr(socket, name), value)
    sock.settimeout(TIMEOUT)
    sock.connect((server.host, server.port))
    client = Client(sock)
    client.open_websocket()
    return client


def read_ping(client: Client) -> bytes:
    frame = client.read_frame()
    assert (frame.opcode, frame.fin) == (PING, True)
    return frame.payload


def assert_echo(client: Client) -> None:
    """It is served; pings that come meanwhile are answered."""
    client.send_text("still there?")
    while (frame := client.read_frame()).opcode == PING:
        client.send_frame(PONG, frame.payload)
    assert (frame.opcode, frame.payload) == (TEXT, b"still there?")


def read_to_the_end(client: Client) -> None:
    with suppress(ConnectionResetError):
        client.read_all()


@pytest.mark.parametrize("options", [QUICK, PATIENT], ids=["short-timeout", "long-timeout"])
def test_a_peer_that_answers_is_pinged_on_and_lives(
    ws_serving: Serve, options: dict[str, Any]
) -> None:
    with ws_serving(echo, **options) as server, connect(server) as client:
        for _ in range(6):
            client.send_frame(PONG, read_ping(client))
        assert_echo(client)


def send_message(client: Client, round_number: int) -> None:
    client.send_text(f"message {round_number}")


def send_byte(client: Client, round_number: int) -> None:
    client.send(make_frame(TEXT, b"a message in pieces")[round_number : round_number + 1])


def send_strange_pong(client: Client, round_number: int) -> None:
    client.send_frame(PONG, b"unasked")


@pytest.mark.parametrize("sign", [send_message, send_byte, send_strange_pong])
def test_any_byte_is_life(ws_serving: Serve, sign: Callable[[Client, int], None]) -> None:
    with ws_serving(echo, **QUICK) as server, connect(server) as client:
        for round_number in range(6):
            while client.read_frame().opcode != PING:
                pass
            sign(client, round_number)


def test_R08_a_silent_peer_is_dead(ws_serving: Serve, seen: Seen) -> None:
    @accepting
    async def application(receive: Receive, send: Send) -> None:
        seen.put(await receive())
        seen.put(await receive())

    with ws_serving(application, **QUICK) as server, connect(server) as client:
        gone = disconnect("ping_timeout")
        assert seen.take() == gone
        assert seen.take() == gone
        read_ping(client)
        read_to_the_end(client)


def test_R08_a_peer_that_falls_silent_is_dead(ws_serving: Serve, seen: Seen) -> None:
    @accepting
    async def application(receive: Receive, send: Send) -> None:
        while (message := await receive())["type"] != "websocket.disconnect":
            seen.put(message["text"])
        seen.put(message["code"])

    with ws_serving(application, **QUICK) as server, connect(server) as client:
        for _ in range(3):
            client.send_frame(PONG, read_ping(client))
        client.send_text("last words")
        assert seen.take() == "last words"
        assert seen.take() == 1006
        read_to_the_end(client)


def test_a_peer_that_neither_reads_nor_speaks_is_dead(ws_serving: Serve, seen: Seen) -> None:
    """Our pings wait behind what we send; the application that waits to send is told."""

    @accepting
    async def application(receive: Receive, send: Send) -> None:
        while (
            error := await error_of(send({"type": "websocket.send", "bytes": bytes(65_536)}))
        ) is None:
            pass
        seen.put(type(error).__name__)
        seen.put((await receive())["code"])

    with ws_serving(application, **QUICK) as server, connect(server, SO_RCVBUF=65_536):
        assert seen.take() == "Disconnected"
        assert seen.take() == 1006


def some_time_passes(server: Serving) -> None:
    """Wait for deadlines that were set after all that runs now."""
    for _ in range(2):
        with Client(server.connect()) as silent:
            assert silent.read_all() == b""


def test_an_interval_of_0_turns_pings_off(ws_serving: Serve) -> None:
    options = {"ws_ping_interval": 0, "ws_ping_timeout": 0.1, "timeout_handshake": 0.3}
    with ws_serving(echo, **options) as server, connect(server) as client:
        some_time_passes(server)
        assert not client.readable()
        assert_echo(client)


def test_a_timeout_of_0_kills_nobody(ws_serving: Serve) -> None:
    options = {"ws_ping_interval": INTERVAL, "ws_ping_timeout": 0}
    with ws_serving(echo, **options) as server, connect(server) as client:
        for _ in range(6):
            read_ping(client)
        assert_echo(client)


def test_a_ping_waits_neither_for_an_answer_nor_for_the_timeout(ws_serving: Serve) -> None:
    """Proxies count on the interval, however long the timeout is."""
    with ws_serving(echo, **PATIENT) as server, connect(server) as client:
        for _ in range(4):
            read_ping(client)
            send_message(client, 0)
            assert client.read_text() == "message 0"


def test_R25_a_slow_application_makes_nobody_dead(
    ws_serving: Serve, seen: Seen, reading: Reading
) -> None:
    """While we do not read we see no answer; when we read again the peer gets its time."""
    gate = asyncio.Event()
    count = 10

    @accepting
    async def application(receive: Receive, send: Send) -> None:
        await gate.wait()
        while (message := await receive())["type"] != "websocket.disconnect":
            seen.put(message["text"])
        seen.put(message["code"])

    options = {**QUICK, "ws_max_queue": 2}
    with ws_serving(application, **options) as server, connect(server) as client:
        for number in range(count):
            client.send_text(str(number))
        reading.wait_for_pause()
        for _ in range(5):
            client.send_frame(PONG, read_ping(client))
        server.call(gate.set)
        assert [seen.take() for _ in range(count)] == [str(number) for number in range(count)]
        for _ in range(3):
            client.send_frame(PONG, read_ping(client))
        client.send_text("alive")
        assert seen.take() == "alive"
        assert seen.take() == 1006
        read_to_the_end(client)


def test_R27_a_blocked_loop_makes_nobody_dead(ws_serving: Serve, seen: Seen) -> None:
    """The application blocks for longer than interval and timeout; the peer answers."""

    @accepting
    async def application(receive: Receive, send: Send) -> None:
        for _ in range(4):
            time.sleep(0.35)
            await asyncio.sleep(0)
        await send({"type": "websocket.send", "text": "done"})
        seen.put(await receive())

    with ws_serving(application, **QUICK) as server, connect(server) as client:
        pings = 0
        while (frame := client.read_frame()).opcode == PING:
            pings += 1
            client.send_frame(PONG, frame.payload)
        assert (pings > 0, frame.payload) == (True, b"done")
        client.send_text("alive")
        assert seen.take() == {"type": "websocket.receive", "text": "alive"}
