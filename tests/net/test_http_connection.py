"""An HTTP connection: its deadlines, its ends, and what it holds of a peer that is ahead."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from tests.asgi.applications import Receive, Seen, Send, answering, respond
from tests.client import Client, make_request
from tests.conftest import Serve
from tests.net.conftest import Reading
from tests.serving import Serving
from wsgate.asgi.http_cycle import MAX_BODY_WAITING
from wsgate.net import lingering

SHORT = 0.2
LONG = 3600.0

SEGMENT = 262_144
"""Bytes that an event loop reads from a socket at most at once."""

RESPONSE = 65_536


@answering
async def hello(receive: Receive, send: Send) -> None:
    await respond(send, b"hello")


def gated(gate: asyncio.Event) -> Any:
    """An application that answers when a gate is open."""

    @answering
    async def application(receive: Receive, send: Send) -> None:
        await gate.wait()
        await respond(send, b"hello")

    return application


def settle(server: Serving) -> None:
    """Let the server act on all that has arrived."""
    for _ in range(4):
        server.call(lambda: None)


def silent_one_is_cut(server: Serving) -> None:
    with Client(server.connect()) as silent:
        assert silent.read_all() == b""


def test_R02_silent_connections_are_gone(serving: Serve) -> None:
    with serving(hello, timeout_handshake=SHORT, timeout_keep_alive=LONG) as server:
        silent = [Client(server.connect()) for _ in range(50)]
        for client in silent:
            with client:
                assert client.read_all() == b""


def test_a_request_in_time_is_not_cut_however_long_its_answer_takes(serving: Serve) -> None:
    gate = asyncio.Event()
    options = {"timeout_handshake": SHORT, "timeout_keep_alive": SHORT}
    with serving(gated(gate), **options) as server, Client(server.connect()) as client:
        client.send(make_request())
        for _ in range(2):
            silent_one_is_cut(server)
        assert not client.readable()
        server.call(gate.set)
        assert client.read_response().body == b"hello"


def test_a_second_request_has_both_times(serving: Serve) -> None:
    """The time to begin, then the time for its head."""
    options = {"timeout_handshake": SHORT, "timeout_keep_alive": LONG}
    with serving(hello, **options) as server, Client(server.connect()) as client:
        assert client.request().status == 200
        silent_one_is_cut(server)
        assert not client.readable()
        assert client.request().status == 200
        client.send(b"GET / HT")
        assert client.read_response().status == 408


def test_an_empty_line_behind_a_request_begins_no_other(serving: Serve) -> None:
    """RFC 9112 section 2.2: some clients send one behind a body."""
    options = {"timeout_handshake": LONG, "timeout_keep_alive": SHORT}
    with serving(hello, **options) as server, Client(server.connect()) as client:
        assert client.request().status == 200
        client.send(b"\r\n")
        assert client.read_all() == b""


def test_a_head_behind_an_empty_line_is_one(serving: Serve) -> None:
    options = {"timeout_handshake": SHORT, "timeout_keep_alive": LONG}
    with serving(hello, **options) as server, Client(server.connect()) as client:
        assert client.request().status == 200
        client.send(b"\r\n")
        client.send(b"GET / HTTP/1.1\r\nHo")
        assert client.read_response().status == 408
        assert client.read_all() == b""


@pytest.mark.plain
def test_what_is_sent_ahead_waits_in_the_network(serving: Serve, reading: Reading) -> None:
    gate = asyncio.Event()
    count = 500
    with serving(gated(gate)) as server, Client(server.connect()) as client:
        stream = make_request(headers=[("X-Padding", "x" * 1000)]) * count
        sending = threading.Thread(target=client.send, args=(stream,))
        sending.start()
        reading.wait_for_pause()
        server.call(gate.set)
        bodies = [client.read_response().body for _ in range(count)]
        sending.join()
    assert bodies == [b"hello"] * count


def test_a_body_that_the_application_does_not_read_waits_in_the_network(
    serving: Serve, reading: Reading
) -> None:
    gate = asyncio.Event()
    size = 50_000_000
    pieces: list[int] = []

    @answering
    async def application(receive: Receive, send: Send) -> None:
        await gate.wait()
        while (message := await receive())["more_body"]:
            pieces.append(len(message["body"]))
        await respond(send, b"%d" % (sum(pieces) + len(message["body"])))

    with serving(application) as server, Client(server.connect()) as client:
        request = make_request("POST", headers=[("Content-Length", str(size))])
        sending = threading.Thread(target=client.send, args=(request + bytes(size),))
        sending.start()
        reading.wait_for_pause()
        settle(server)
        assert sending.is_alive(), "the server took it all"
        assert (reading.pauses, reading.resumes) == (1, 0)
        server.call(gate.set)
        assert client.read_response().body == b"%d" % size
        sending.join()
    assert max(pieces) <= MAX_BODY_WAITING + SEGMENT


def test_a_body_in_the_smallest_chunks(serving: Serve) -> None:
    """What is counted for each chunk must not grow with the chunks that wait."""
    gate = asyncio.Event()
    count = 50_000

    @answering
    async def application(receive: Receive, send: Send) -> None:
        await gate.wait()
        size = 0
        while (message := await receive())["more_body"]:
            size += len(message["body"])
        await respond(send, b"%d" % (size + len(message["body"])))

    with serving(application) as server, Client(server.connect()) as client:
        client.send(make_request("POST", headers=[("Transfer-Encoding", "chunked")]))
        client.send(b"1\r\nx\r\n" * count)
        settle(server)
        server.call(gate.set)
        client.send(b"0\r\n\r\n")
        assert client.read_response().body == b"%d" % count


def test_all_that_was_asked_before_the_end_of_the_stream_is_answered(serving: Serve) -> None:
    """A client that has sent its last request may say so, and still reads."""
    count = 100

    @answering
    async def application(receive: Receive, send: Send) -> None:
        await respond(send, bytes(RESPONSE))

    with serving(application) as server, Client(server.connect()) as client:
        client.send(make_request() * count)
        client.finish()
        settle(server)
        assert [len(client.read_response().body) for _ in range(count)] == [RESPONSE] * count
        assert client.read_all() == b""


def test_who_has_ended_its_stream_is_not_lingered_for(
    serving: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing can come any more: the server, which waits for its connections, ends at once."""
    monkeypatch.setattr(lingering, "LINGER_TIME", LONG)

    @answering
    async def application(receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        await respond(send, b"goodbye")

    options = {"timeout_graceful_shutdown": LONG}
    with serving(application, **options) as server, Client(server.connect()) as client:
        client.send(make_request(headers=[("Connection", "close")]))
        client.finish()
        assert client.read_response().body == b"goodbye"
        assert client.read_all() == b""


@pytest.mark.parametrize("body", [b"", b"x" * 1_000_000], ids=["no-body", "much-body"])
def test_R06_a_peer_that_resets_during_the_answer(
    serving: Serve, seen: Seen, caplog: pytest.LogCaptureFixture, body: bytes
) -> None:
    @answering
    async def application(receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        try:
            while True:
                await send({"type": "http.response.body", "body": bytes(65_536), "more_body": True})
        except OSError as error:
            seen.put(type(error).__name__)
            raise

    with serving(application) as server:
        client = Client(server.connect())
        client.send(make_request("POST", body=body))
        client.read(1000)
        client.reset()
        assert seen.take() == "Disconnected"
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
