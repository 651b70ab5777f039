"""What the application may decide before it accepts, and what the client then gets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.asgi.applications import (
    Complaints,
    Message,
    Receive,
    Scope,
    Seen,
    Send,
    accepting,
    disconnect,
    error_of,
)
from tests.client import TEXT, Client, make_close, make_frame, make_upgrade
from tests.conftest import Serve


def sending(*messages: Message) -> Callable[[Scope, Receive, Send], Any]:
    """An application that takes the connect and sends these."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert await receive() == {"type": "websocket.connect"}
        for message in messages:
            await send(message)

    return app


# Accept.


def test_accept_with_headers_and_subprotocol(serving: Serve) -> None:
    headers = [(b"X-One", b"1"), (b"set-cookie", b"a=b"), (b"set-cookie", b"c=d")]
    accept = {"type": "websocket.accept", "subprotocol": "b", "headers": headers}
    with serving(sending(accept)) as server, Client(server.connect()) as client:
        response = client.open_websocket(headers=[("Sec-WebSocket-Protocol", "a, b")])
        assert response.field("sec-websocket-protocol") == "b"
        assert response.field("x-one") == "1"
        assert [value for name, value in response.headers if name == "set-cookie"] == ["a=b", "c=d"]


@pytest.mark.parametrize(
    "accept",
    [
        pytest.param({}, id="U18-nothing-said"),
        pytest.param({"subprotocol": None, "headers": None}, id="U18-none"),
    ],
)
def test_without_a_subprotocol_the_field_is_absent(serving: Serve, accept: Message) -> None:
    with (
        serving(sending({"type": "websocket.accept", **accept})) as server,
        Client(server.connect()) as client,
    ):
        response = client.open_websocket(headers=[("Sec-WebSocket-Protocol", "a")])
        assert response.field("sec-websocket-protocol") is None


@pytest.mark.parametrize(
    ("accept", "sentence"),
    [
        pytest.param({"subprotocol": "c"}, "one of those that the client offered", id="U16"),
        pytest.param({"subprotocol": b"a"}, "one of those that the client offered", id="U16-type"),
        pytest.param({"headers": [(b"x", b"a\r\nb: c")]}, "CR, LF or NUL", id="U27-value"),
        pytest.param({"headers": [(b"x\r\ny", b"a")]}, "must be a token", id="U27-name"),
        pytest.param({"headers": [(b"x", b"\0")]}, "CR, LF or NUL", id="U27-nul"),
        pytest.param({"headers": [(b"Upgrade", b"x")]}, "must not contain b'upgrade'", id="U28-a"),
        pytest.param({"headers": [(b"connection", b"x")]}, "must not contain", id="U28-b"),
        pytest.param(
            {"headers": [(b"Sec-WebSocket-Protocol", b"a")]}, "in the message's own", id="U28-c"
        ),
        pytest.param({"headers": [(b"sec-websocket-x", b"a")]}, "must not contain", id="U28-d"),
        pytest.param({"headers": [("x", "y")]}, "pairs of bytes", id="R37-str"),
        pytest.param({"headers": [(b"x",)]}, "pairs of bytes", id="R37-pair"),
        pytest.param({"headers": 5}, "pairs of bytes", id="R37-iterable"),
    ],
)
def test_a_wrong_accept_raises_and_the_client_gets_500(
    serving: Serve, seen: Seen, complaints: Complaints, accept: Message, sentence: str
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        seen.put(await error_of(send({"type": "websocket.accept", **accept})))
        raise LookupError("the application gives up")

    with serving(app) as server, Client(server.connect()) as client:
        response = client.refused_websocket(headers=[("Sec-WebSocket-Protocol", "a")])
        assert (response.status, response.body) == (500, b"Internal Server Error\n")
        assert client.read_all() == b""
    error = seen.take()
    assert isinstance(error, RuntimeError)
    assert sentence in str(error)
    assert complaints() == ["Exception in the ASGI application"]


def test_U16_a_wrong_accept_may_be_mended(serving: Serve, seen: Seen) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        seen.put(await error_of(send({"type": "websocket.accept", "subprotocol": "not-offered"})))
        await send({"type": "websocket.accept"})

    with serving(app) as server, Client(server.connect()) as client:
        client.open_websocket()
        assert isinstance(seen.take(), RuntimeError)
        assert client.read_close() == (1000, "")


@pytest.mark.parametrize(
    "offered",
    [
        pytest.param("", id="U17-empty"),
        pytest.param("a, a", id="U17-repeated"),
        pytest.param("a b", id="U17-no-token"),
        pytest.param("caf\xe9", id="U17-not-ascii"),
    ],
)
def test_a_malformed_offer_is_refused_and_the_server_lives(
    serving: Serve, seen: Seen, offered: str
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.put(scope["subprotocols"])
        await receive()
        await send({"type": "websocket.accept"})

    with serving(app) as server:
        with Client(server.connect()) as client:
            headers = [("Sec-WebSocket-Protocol", offered)]
            assert client.refused_websocket(headers=headers).status == 400
        with Client(server.connect()) as client:
            client.open_websocket(headers=[("Sec-WebSocket-Protocol", "a")])
    assert seen.take() == ["a"]
    assert seen.empty


def test_U26_frames_with_the_handshake_wait_for_accept(serving: Serve, seen: Seen) -> None:
    accept = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.put(await receive())
        early = asyncio.ensure_future(receive())
        seen.put("waiting")
        await accept.wait()
        seen.put(early.done())
        await send({"type": "websocket.accept"})
        seen.put(await early)
        seen.put(await receive())
        seen.put(await receive())

    with serving(app) as server, Client(server.connect()) as client:
        client.send(make_upgrade() + make_frame(TEXT, b"one"))
        assert seen.take() == {"type": "websocket.connect"}
        assert seen.take() == "waiting"
        client.send(make_frame(TEXT, b"two") + make_close(1000))
        server.call(accept.set)
        assert client.read_head().status == 101
        assert seen.take() is False
        assert seen.take() == {"type": "websocket.receive", "text": "one"}
        assert seen.take() == {"type": "websocket.receive", "text": "two"}
        assert seen.take()["code"] == 1000
        assert client.read_close() == (1000, "")


def test_more_than_the_early_limit_waits_for_accept_and_is_complete(
    serving: Serve, seen: Seen
) -> None:
    count, payload = 64, bytes(8192)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        seen.put("connected")
        await go_on.wait()
        await send({"type": "websocket.accept"})
        for _ in range(count):
            assert (await receive())["bytes"] == payload
        await send({"type": "websocket.send", "text": "all"})

    go_on = asyncio.Event()
    with serving(app) as server, Client(server.connect()) as client:
        client.send(make_upgrade())
        assert seen.take() == "connected"
        client.send(make_frame(2, payload) * count)
        server.call(go_on.set)
        assert client.read_head().status == 101
        assert client.read_text() == "all"


# Neither accept nor refusal.


async def raising(scope: Scope, receive: Receive, send: Send) -> None:
    raise ValueError("before accept")


async def returning(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()


def not_a_coroutine(scope: Scope, receive: Receive, send: Send) -> None:
    """Return what cannot be awaited."""


@pytest.mark.parametrize(
    ("app", "complaint"),
    [
        pytest.param(raising, "Exception in the ASGI application", id="R21"),
        pytest.param(
            returning, "The ASGI application returned before it accepted the websocket", id="R23"
        ),
        pytest.param(not_a_coroutine, "Exception in the ASGI application", id="R37-no-coroutine"),
        pytest.param(
            sending({"type": "websocket.send", "text": "too early"}),
            "Exception in the ASGI application",
            id="R37-send-before-accept",
        ),
    ],
)
def test_raise_or_return_before_accept_is_500(
    serving: Serve, complaints: Complaints, app: Any, complaint: str
) -> None:
    with serving(app, interface="asgi3") as server, Client(server.connect()) as client:
        response = client.refused_websocket()
        assert (response.status, response.field("connection")) == (500, "close")
        assert response.body == b"Internal Server Error\n"
        assert client.read_all() == b""
    assert complaints() == [complaint]


@pytest.mark.parametrize(
    "close",
    [
        pytest.param({}, id="U15"),
        pytest.param({"code": 4001, "reason": "no"}, id="R24-with-code"),
    ],
)
def test_close_before_accept_is_403_then_disconnect_1006(
    serving: Serve, seen: Seen, complaints: Complaints, close: Message
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.close", **close})
        seen.put(await receive())
        seen.put(await error_of(send({"type": "websocket.accept"})))

    with serving(app) as server, Client(server.connect()) as client:
        assert client.refused_websocket().status == 403
        assert client.read_all() == b""
    assert seen.take() == disconnect("application")
    error = seen.take()
    assert str(error) == (
        "send: got 'websocket.accept', expected nothing more: the websocket is closed"
    )
    assert isinstance(error, RuntimeError)
    assert complaints() == []


def test_a_websocket_can_be_accepted_before_the_connect_is_taken(
    serving: Serve, seen: Seen
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        seen.put(await receive())
        seen.put(await receive())

    with serving(app) as server, Client(server.connect()) as client:
        client.open_websocket()
        client.send_text("x")
        assert seen.take() == {"type": "websocket.connect"}
        assert seen.take() == {"type": "websocket.receive", "text": "x"}


def test_the_connect_comes_once(serving: Serve, seen: Seen) -> None:
    async def body(receive: Receive, send: Send) -> None:
        seen.put(await receive())

    with serving(accepting(body)) as server, Client(server.connect()) as client:
        client.open_websocket()
        client.send_text("x")
        assert seen.take()["type"] == "websocket.receive"
