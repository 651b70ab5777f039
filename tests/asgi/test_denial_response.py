"""A refusal that the application writes itself: the extension `websocket.http.response`."""

from __future__ import annotations

import asyncio

import pytest

from tests.asgi.applications import (
    Complaints,
    Message,
    Receive,
    Scope,
    Seen,
    Send,
    disconnect,
    error_of,
)
from tests.client import Client, make_upgrade
from tests.conftest import Serve

START: Message = {"type": "websocket.http.response.start", "status": 401}
BODY = "websocket.http.response.body"


def test_R24_a_denial_in_one_piece_then_disconnect_1006(
    serving: Serve, seen: Seen, complaints: Complaints
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({**START, "headers": [(b"X-Why", b"because"), (b"content-length", b"2")]})
        await send({"type": BODY, "body": b"no"})
        seen.put(await receive())
        seen.put(await error_of(send({"type": BODY, "body": b"more"})))

    with serving(app) as server, Client(server.connect()) as client:
        response = client.refused_websocket()
        assert (response.status, response.body) == (401, b"no")
        assert response.field("x-why") == "because"
        assert response.field("connection") == "close"
        assert client.read_all() == b""
    assert seen.take() == disconnect("application")
    assert isinstance(seen.take(), RuntimeError)
    assert complaints() == []


def test_a_denial_is_streamed(serving: Serve) -> None:
    go_on = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send(START)
        await send({"type": BODY, "body": b"one", "more_body": True})
        await go_on.wait()
        await send({"type": BODY, "body": b"two"})

    with serving(app) as server, Client(server.connect()) as client:
        client.send(make_upgrade())
        assert client.read_head().field("transfer-encoding") == "chunked"
        assert client.read_chunk() == b"one"
        server.call(go_on.set)
        assert client.read_chunk() == b"two"
        assert client.read_chunk() == b""
        assert client.read_all() == b""


def test_a_denial_without_a_body(serving: Serve) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send(START)
        await send({"type": BODY})

    with serving(app) as server, Client(server.connect()) as client:
        assert client.refused_websocket()[::2] == (401, b"")


@pytest.mark.parametrize(
    ("messages", "sentence"),
    [
        pytest.param([{"type": BODY}], "got 'websocket.http.response.body'", id="body-first"),
        pytest.param([START, START], "expected websocket.http.response.body", id="start-twice"),
        pytest.param(
            [START, {"type": "websocket.accept"}], "expected websocket.http.response", id="accept"
        ),
        pytest.param([{**START, "status": "401"}], "must be an int", id="status-str"),
        pytest.param([{**START, "status": None}], "must be an int", id="status-none"),
        pytest.param([{**START, "status": 101}], "from 200 to 999", id="H40-status-101"),
        pytest.param([{**START, "headers": [(b"a", b"\r\n")]}], "control", id="H39-crlf"),
        pytest.param([START, {"type": BODY, "body": "text"}], "must be bytes", id="body-str"),
    ],
)
def test_a_wrong_denial_raises_and_the_client_gets_500(
    serving: Serve, complaints: Complaints, messages: list[Message], sentence: str, seen: Seen
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        for message in messages[:-1]:
            await send(message)
        try:
            await send(messages[-1])
        except RuntimeError as error:
            seen.put(str(error))
            raise

    with serving(app) as server, Client(server.connect()) as client:
        response = client.refused_websocket()
        assert (response.status, response.body) == (500, b"Internal Server Error\n")
    assert sentence in seen.take()
    assert complaints() == ["Exception in the ASGI application"]


@pytest.mark.parametrize("end", ["raise", "return"])
def test_half_a_denial_is_not_taken_for_a_whole_one(
    serving: Serve, complaints: Complaints, end: str
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({**START, "headers": [(b"content-length", b"100")]})
        await send({"type": BODY, "body": b"half", "more_body": True})
        if end == "raise":
            raise ValueError("in the middle")

    with serving(app) as server, Client(server.connect()) as client:
        client.send(make_upgrade())
        client.read_head()
        assert client.read(4) == b"half"
        with pytest.raises(ConnectionResetError):
            client.read(1)
    assert complaints() == [
        "Exception in the ASGI application"
        if end == "raise"
        else "The ASGI application returned before the end of its denial response"
    ]


def test_a_denial_begun_and_left_without_a_body_is_500(
    serving: Serve, complaints: Complaints
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send(START)

    with serving(app) as server, Client(server.connect()) as client:
        assert client.refused_websocket().status == 500
    assert complaints() == ["The ASGI application returned before the end of its denial response"]


def test_an_endless_denial_ends_with_its_client(
    serving: Serve, seen: Seen, complaints: Complaints
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send(START)
        while True:
            error = await error_of(send({"type": BODY, "body": bytes(1000), "more_body": True}))
            if error is not None:
                seen.put(type(error).__name__)
                raise error
            await asyncio.sleep(0)

    with serving(app) as server, Client(server.connect()) as client:
        client.send(make_upgrade())
        assert client.read_head().status == 401
        client.reset()
        assert seen.take() == "Disconnected"
    assert complaints() == []
