"""A response as the application sends it: streamed, framed, refused."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

import wsgate
from tests.asgi.applications import (
    BODY,
    START,
    Complaints,
    Message,
    Receive,
    Seen,
    Send,
    answering,
    last,
    length,
    piece,
    respond,
)
from tests.client import Client, make_request
from tests.conftest import Serve

BIG = bytes(8 * 1024 * 1024)
"""More than the kernel holds for a client that does not read."""


def sending(*messages: Message) -> Any:
    async def body(receive: Receive, send: Send) -> None:
        for message in messages:
            await send(message)

    return answering(body)


@pytest.mark.parametrize(
    ("messages", "framing"),
    [
        pytest.param([length(6), last(b"onetwo")], "content-length", id="length"),
        pytest.param([length(6), piece(b"one"), last(b"two")], "content-length", id="pieces"),
        pytest.param([START, piece(b"one"), last(b"two")], "transfer-encoding", id="chunked"),
        pytest.param(
            [START, piece(b""), piece(b"onetwo"), piece(b""), last()],
            "transfer-encoding",
            id="gaps",
        ),
        pytest.param(
            [START, {"type": BODY, "body": memoryview(b"onetwo")}], "transfer-encoding", id="view"
        ),
    ],
)
def test_a_body_is_framed_once_and_the_connection_goes_on(
    serving: Serve, messages: list[Message], framing: str
) -> None:
    with serving(sending(*messages)) as server, Client(server.connect()) as client:
        for _ in range(2):
            response = client.request()
            assert response.body == b"onetwo"
            fields = {name for name, _ in response.headers}
            assert fields & {"content-length", "transfer-encoding"} == {framing}


def test_fields_of_the_application_stand_before_ours_and_replace_them(serving: Serve) -> None:
    headers = [(b"Server", b"mine"), (b"X-One", b"1"), (b"x-one", b"2")]
    with (
        serving(sending({**START, "headers": headers}, last())) as server,
        Client(server.connect()) as client,
    ):
        response = client.request()
        assert response.headers[:3] == [("server", "mine"), ("x-one", "1"), ("x-one", "2")]
        assert response.field("date")


def test_a_stream_leaves_piece_by_piece_and_its_head_before_them(serving: Serve) -> None:
    steps = [asyncio.Event(), asyncio.Event()]

    async def body(receive: Receive, send: Send) -> None:
        await send(START)
        await steps[0].wait()
        await send(piece(b"data: 1\n\n"))
        await steps[1].wait()
        await send(last(b"data: 2\n\n"))

    with serving(answering(body)) as server, Client(server.connect()) as client:
        client.send(make_request())
        assert client.read_head().status == 200
        server.call(steps[0].set)
        assert client.read_chunk() == b"data: 1\n\n"
        server.call(steps[1].set)
        assert client.read_chunk() == b"data: 2\n\n"
        assert client.read_chunk() == b""


def test_HTTP_1_0_gets_a_stream_up_to_the_end_of_the_connection(serving: Serve) -> None:
    with (
        serving(sending(START, piece(b"one"), last(b"two"))) as server,
        Client(server.connect()) as client,
    ):
        response = client.request(http_version="1.0")
        assert response.field("transfer-encoding") is None
        assert response.body == b"onetwo"


@pytest.mark.parametrize(
    ("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304), ("HEAD", 404)]
)
def test_no_body_leaves_where_there_is_none(serving: Serve, method: str, status: int) -> None:
    app = sending({**length(4), "status": status}, last(b"body"))
    with serving(app) as server, Client(server.connect()) as client:
        for _ in range(2):
            response = client.request(method)
            assert response.status == status
            assert response.field("content-length") == (None if status == 204 else "4")


# The application raises, returns or goes on.


def ending(fails: bool, *messages: Message) -> Any:
    async def body(receive: Receive, send: Send) -> None:
        await receive()
        for message in messages:
            await send(message)
        if fails:
            raise ValueError("of the application")

    return answering(body)


@pytest.mark.parametrize(
    ("fails", "complaint"),
    [
        pytest.param(True, "Exception in the ASGI application", id="R21-raise"),
        pytest.param(False, "The ASGI application returned without a response", id="R23-return"),
    ],
)
def test_raise_or_return_before_the_start_is_500(
    serving: Serve, complaints: Complaints, fails: bool, complaint: str
) -> None:
    with serving(ending(fails)) as server, Client(server.connect()) as client:
        response = client.request()
        assert (response.status, response.body) == (500, b"Internal Server Error\n")
        assert response.field("connection") == "close"
        assert client.read_all() == b""
    assert complaints() == [complaint]


@pytest.mark.parametrize(
    ("fails", "complaint"),
    [
        pytest.param(True, "Exception in the ASGI application", id="R22-raise"),
        pytest.param(
            False, "The ASGI application returned before the end of its response", id="R23-return"
        ),
    ],
)
@pytest.mark.parametrize("messages", [[START], [START, piece(b"half")], [length(9), piece(b"h")]])
def test_raise_or_return_behind_the_start_cuts_the_connection(
    serving: Serve, complaints: Complaints, fails: bool, complaint: str, messages: list[Message]
) -> None:
    with serving(ending(fails, *messages)) as server, Client(server.connect()) as client:
        client.send(make_request())
        with pytest.raises((ConnectionResetError, AssertionError)):
            client.read_response()
    assert complaints() == [complaint]


@pytest.mark.parametrize("fails", [False, True])
def test_work_behind_the_response_goes_on_and_the_next_request_is_served_meanwhile(
    serving: Serve, seen: Seen, complaints: Complaints, fails: bool
) -> None:
    go_on = asyncio.Event()

    async def body(receive: Receive, send: Send) -> None:
        await respond(send, b"done")
        await go_on.wait()
        seen.put("worked")
        if fails:
            raise ValueError("behind the response")

    with serving(answering(body)) as server, Client(server.connect()) as client:
        assert client.request().body == b"done"
        assert client.request().body == b"done"
        server.call(go_on.set)
        assert [seen.take(), seen.take()] == ["worked", "worked"]
    assert complaints() == ["Exception in the ASGI application"] * 2 * fails


# The client leaves, or does not read.


def test_send_after_the_client_left_raises_Disconnected_and_is_silent(
    serving: Serve, seen: Seen, complaints: Complaints
) -> None:
    async def body(receive: Receive, send: Send) -> None:
        await send(START)
        try:
            while True:
                await send(piece(b"tick"))
                await asyncio.sleep(0)
        except wsgate.Disconnected:
            seen.put("told")
            seen.put(await receive())
            raise

    with serving(answering(body)) as server, Client(server.connect()) as client:
        client.send(make_request())
        assert client.read_head().status == 200
        client.reset()
        assert seen.take() == "told"
        assert seen.take()["type"] == "http.request"
    assert complaints() == []


def test_send_waits_above_the_high_water_mark(serving: Serve, seen: Seen) -> None:
    async def body(receive: Receive, send: Send) -> None:
        await send(START)
        await send(piece(b"small"))
        sending = asyncio.ensure_future(send(piece(BIG)))
        for _ in range(5):
            await asyncio.sleep(0)
        seen.put(sending.done())
        await sending
        await send(last())

    with serving(answering(body)) as server, Client(server.connect()) as client:
        client.send(make_request())
        assert seen.take() is False
        assert client.read_response().body == b"small" + BIG


def test_R06_send_that_waits_raises_when_the_client_leaves(
    serving: Serve, seen: Seen, complaints: Complaints
) -> None:
    async def body(receive: Receive, send: Send) -> None:
        await send(START)
        sending = asyncio.ensure_future(send(piece(BIG)))
        for _ in range(5):
            await asyncio.sleep(0)
        seen.put(sending.done())
        try:
            await sending
        except wsgate.Disconnected:
            seen.put("told")
            raise

    with serving(answering(body)) as server, Client(server.connect()) as client:
        client.send(make_request())
        assert seen.take() is False
        client.reset()
        assert seen.take() == "told"
    assert complaints() == []


def test_a_whole_response_for_a_client_that_reads_late(serving: Serve, seen: Seen) -> None:
    async def body(receive: Receive, send: Send) -> None:
        await respond(send, BIG)
        seen.put("sent")

    with serving(answering(body)) as server, Client(server.connect()) as client:
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        client.send(make_request(headers=[("Connection", "close")]))
        assert client.read_head().status == 200
        assert client.read(len(BIG)) == BIG
        assert client.read_all() == b""
        assert seen.take() == "sent"
