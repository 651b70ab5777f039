"""A request as the application receives it, and what it is told when the client leaves."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from threading import Thread

import pytest

import wsgate
from tests.asgi.applications import Complaints, Receive, Seen, Send, answering, error_of, respond
from tests.client import Client, make_request
from tests.conftest import Serve
from tests.serving import TIMEOUT
from wsgate.asgi.http_cycle import MAX_BODY_WAITING

DISCONNECT = {"type": "http.disconnect"}
LARGEST_READ = 256 * 1024
"""Bytes that an event loop reads at once at most."""


def request(body: bytes, more_body: bool) -> dict[str, object]:
    return {"type": "http.request", "body": body, "more_body": more_body}


def fill(sock: socket.socket, data: bytes) -> int:
    """Send until the kernel takes no more; give how many bytes it took."""
    sock.setblocking(False)
    taken = 0
    with suppress(BlockingIOError):
        while taken < len(data):
            taken += sock.send(data[taken:])
    return taken


async def read_body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message["body"], message["more_body"]
    return body


def test_a_request_without_a_body(serving: Serve, seen: Seen) -> None:
    async def body(receive: Receive, send: Send) -> None:
        seen.put(await receive())
        await respond(send)

    with serving(answering(body)) as server, Client(server.connect()) as client:
        client.request()
        assert seen.take() == request(b"", False)


@pytest.mark.parametrize(
    ("framing", "pieces"),
    [
        pytest.param(("Content-Length", "6"), [b"one", b"two"], id="length"),
        pytest.param(
            ("Transfer-Encoding", "chunked"), [b"3\r\none\r\n", b"3\r\ntwo\r\n"], id="chunked"
        ),
    ],
)
def test_a_body_comes_in_pieces_as_it_arrives(
    serving: Serve, seen: Seen, framing: tuple[str, str], pieces: list[bytes]
) -> None:
    async def body(receive: Receive, send: Send) -> None:
        first = await receive()
        seen.put(first)
        seen.put(await read_body(receive))
        await respond(send)

    with serving(answering(body)) as server, Client(server.connect()) as client:
        client.send(make_request("POST", headers=[framing]) + pieces[0])
        assert seen.take() == request(b"one", True)
        client.send(pieces[1] + (b"0\r\n\r\n" if framing[1] == "chunked" else b""))
        assert seen.take() == b"two"
        assert client.read_response().status == 200


def test_a_long_body_waits_in_TCP_and_is_complete(serving: Serve, seen: Seen) -> None:
    go_on = asyncio.Event()
    sent = bytes(range(256)) * 32 * 1024

    async def body(receive: Receive, send: Send) -> None:
        await go_on.wait()
        first = (await receive())["body"]
        seen.put(len(first))
        seen.put(first + await read_body(receive) == sent)
        await respond(send)

    with serving(answering(body)) as server, Client(server.connect()) as client:
        client.send(make_request("POST", headers=[("Content-Length", str(len(sent)))]))
        taken = fill(client.sock, sent)
        client.sock.settimeout(TIMEOUT)
        server.call(go_on.set)
        client.send(sent[taken:])
        assert client.read_response().status == 200
        assert seen.take() <= MAX_BODY_WAITING + LARGEST_READ
        assert seen.take() is True


def test_http_disconnect_after_the_response_for_ever(serving: Serve, seen: Seen) -> None:
    async def body(receive: Receive, send: Send) -> None:
        waiting = asyncio.ensure_future(read_then_wait(receive))
        await asyncio.sleep(0)
        await respond(send)
        seen.put(await waiting)
        seen.put(await receive())
        seen.put(await receive())

    async def read_then_wait(receive: Receive) -> object:
        await receive()
        return await receive()

    with serving(answering(body)) as server, Client(server.connect()) as client:
        client.request()
        assert seen.take() == seen.take() == seen.take() == DISCONNECT


@pytest.mark.parametrize("size", [0, 10, 4 * MAX_BODY_WAITING])
def test_http_disconnect_when_the_client_leaves(
    serving: Serve, seen: Seen, complaints: Complaints, size: int
) -> None:
    async def body(receive: Receive, send: Send) -> None:
        await asyncio.sleep(0)
        seen.put(len(await read_body(receive)))
        seen.put(await receive())
        seen.put(await receive())
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"escapes, silently"})

    with serving(answering(body)) as server, Client(server.connect()) as client:
        client.send(make_request("POST", body=bytes(size)))
        assert seen.take() == size
        client.reset()
        assert seen.take() == seen.take() == DISCONNECT
    assert complaints() == []


def test_a_client_that_has_finished_sending_still_gets_its_response(
    serving: Serve, seen: Seen
) -> None:
    async def body(receive: Receive, send: Send) -> None:
        await receive()
        seen.put(await receive())
        await respond(send, b"still here")

    with serving(answering(body)) as server, Client(server.connect()) as client:
        client.send(make_request())
        client.finish()
        assert seen.take() == DISCONNECT
        assert client.read_response().body == b"still here"
        assert client.read_all() == b""


@pytest.mark.parametrize(
    ("rest", "finish"),
    [
        pytest.param(b"", True, id="H35"),
        pytest.param(b"no chunk\r\n", False, id="H33-malformed-chunk"),
    ],
)
def test_http_disconnect_when_the_body_cannot_be_completed(
    serving: Serve, seen: Seen, complaints: Complaints, rest: bytes, finish: bool
) -> None:
    async def body(receive: Receive, send: Send) -> None:
        seen.put(await receive())
        seen.put(await receive())
        error = await error_of(send({"type": "http.response.start", "status": 200}))
        seen.put(type(error))

    chunked = ("Transfer-Encoding", "chunked")
    with serving(answering(body)) as server, Client(server.connect()) as client:
        client.send(make_request("POST", headers=[chunked]) + b"3\r\none\r\n")
        assert seen.take() == request(b"one", True)
        client.send(rest)
        if finish:
            client.finish()
        assert seen.take() == DISCONNECT
        assert seen.take() is wsgate.Disconnected
        assert client.read_all().startswith(b"" if finish else b"HTTP/1.1 400 ")
    assert complaints() == []


# Expect: 100-continue (RFC 9110 section 10.1.1).

EXPECT = [("Expect", "100-continue"), ("Content-Length", "4")]


async def reading(receive: Receive, send: Send) -> None:
    await respond(send, await read_body(receive))


def test_100_continue_when_the_application_reads(serving: Serve) -> None:
    with serving(answering(reading)) as server, Client(server.connect()) as client:
        for _ in range(2):
            client.send(make_request("POST", headers=EXPECT))
            assert client.read_head() == (100, [], b"", "1.1")
            client.send(b"body")
            assert client.read_response().body == b"body"


def test_no_100_where_the_application_answers_without_reading(serving: Serve) -> None:
    async def body(receive: Receive, send: Send) -> None:
        await respond(send, b"no", status=413)

    with serving(answering(body)) as server, Client(server.connect()) as client:
        response = client.request("POST", headers=EXPECT)
        assert (response.status, response.field("connection")) == (413, "close")
        assert client.read_all() == b""


def test_no_100_behind_the_start_of_the_response(serving: Serve, seen: Seen) -> None:
    async def body(receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        seen.put(await read_body(receive))
        await send({"type": "http.response.body", "body": b"last"})

    with serving(answering(body)) as server, Client(server.connect()) as client:
        client.send(make_request("POST", headers=EXPECT))
        assert client.read_head().status == 200
        assert client.read_chunk() == b"first"
        client.send(b"body")
        assert seen.take() == b"body"
        assert client.read_chunk() == b"last"


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(make_request("POST", headers=EXPECT, http_version="1.0") + b"body", id="1.0"),
        pytest.param(make_request("POST", headers=EXPECT) + b"body", id="body-came-along"),
        pytest.param(
            make_request("POST", headers=[("Expect", "100-continue"), ("Content-Length", "0")]),
            id="no-body",
        ),
    ],
)
def test_no_100_where_nobody_waits_for_it(serving: Serve, message: bytes) -> None:
    with serving(answering(reading)) as server, Client(server.connect()) as client:
        client.send(message)
        assert client.read_response().status == 200


def test_R34_a_cancelled_receive_loses_nothing_of_a_body(serving: Serve, seen: Seen) -> None:
    pieces = 100

    async def body(receive: Receive, send: Send) -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(receive(), 0.001)
        seen.put("cancelled")
        taken, more = b"", True
        while more:
            try:
                message = await asyncio.wait_for(receive(), 0.0001)
            except asyncio.TimeoutError:
                continue
            taken, more = taken + message["body"], message["more_body"]
        await respond(send, taken)

    with serving(answering(body)) as server, Client(server.connect()) as client:
        client.send(make_request("POST", headers=[("Content-Length", str(pieces * 4))]))
        assert seen.take() == "cancelled"
        sent = [b"%04d" % number for number in range(pieces)]
        sender = Thread(target=lambda: list(map(client.send, sent)))
        sender.start()
        assert client.read_response().body == b"".join(sent)
        sender.join()
