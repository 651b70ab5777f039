"""A client, or the server, that goes before the application has answered the handshake (R32)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

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
    respond,
)
from tests.client import Client, make_request, make_upgrade
from tests.conftest import Serve

GONE = disconnect("lost")


@pytest.mark.parametrize("leave", [Client.finish, Client.reset], ids=["FIN", "RST"])
def test_R32_accept_of_a_client_that_left_is_harmless(
    serving: Serve, seen: Seen, complaints: Complaints, leave: Callable[[Client], None]
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        seen.put("connected")
        seen.put(await receive())
        seen.put(await error_of(send({"type": "websocket.accept"})))
        seen.put(await receive())
        seen.put(type(await error_of(send({"type": "websocket.send", "text": "x"}))).__name__)
        seen.put(type(await error_of(send({"type": "websocket.close"}))).__name__)
        await send({"type": "websocket.send", "text": "escapes, silently"})

    with serving(app) as server, Client(server.connect()) as client:
        client.send(make_upgrade())
        assert seen.take() == "connected"
        leave(client)
        assert [seen.take(), seen.take(), seen.take()] == [GONE, None, GONE]
        assert [seen.take(), seen.take()] == ["Disconnected", "Disconnected"]
    assert complaints() == []


def test_R32_a_client_has_finished_before_its_pipelined_handshake_is_read(
    serving: Serve, seen: Seen
) -> None:
    go_on = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        seen.put(await receive())
        if scope["type"] == "http":
            await go_on.wait()
            await respond(send)

    with serving(app) as server, Client(server.connect()) as client:
        client.send(make_request() + make_upgrade())
        client.finish()
        assert seen.take() == {"type": "http.disconnect"}
        server.call(go_on.set)
        assert seen.take() == GONE


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param([], id="R32-return"),
        pytest.param([{"type": "websocket.close"}], id="R32-close"),
        pytest.param([{"type": "websocket.http.response.start", "status": 401}], id="R32-denial"),
    ],
)
def test_a_refusal_of_a_client_that_left_is_harmless(
    serving: Serve, seen: Seen, complaints: Complaints, answer: list[Message]
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        seen.put("connected")
        await receive()
        for message in answer:
            await send(message)
        seen.put(await receive())

    with serving(app) as server, Client(server.connect()) as client:
        client.send(make_upgrade())
        assert seen.take() == "connected"
        client.reset()
        assert seen.take() == GONE
    assert complaints() == []


def test_a_restart_before_accept_is_503_and_no_mistake_of_the_application(
    serving: Serve, seen: Seen, complaints: Complaints
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        seen.put("connected")
        seen.put(await receive())
        await send({"type": "websocket.accept"})
        seen.put(await receive())
        await send({"type": "websocket.send", "text": "escapes, silently"})

    with serving(app) as server, Client(server.connect()) as client:
        client.send(make_upgrade())
        assert seen.take() == "connected"
        server.stop()
        response = client.read_response()
        assert response.status == 503
        assert 1 <= int(response.field("retry-after") or 0) <= 10
        disconnect = seen.take()
        assert disconnect["code"] == 1012
        assert seen.take() == disconnect
    assert complaints() == []
