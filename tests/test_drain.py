"""The end of a worker that has work: nothing is lost that was accepted, and nothing holds it up."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.asgi.applications import Receive, Seen, Send, accepting, disconnect, respond
from tests.client import (
    PING,
    PONG,
    TEXT,
    Client,
    make_close,
    make_frame,
    make_request,
    make_upgrade,
)
from tests.conftest import Serve
from tests.serving import Serving
from wsgate.net import lingering

FOR_EVER = 3600.0
RESTART = disconnect("shutdown", 1012, "the server restarts")


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """What ends, ends by what was done and not by time."""
    monkeypatch.setattr(lingering, "LINGER_TIME", FOR_EVER)


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def draining(serving: Serve) -> Serve:
    """The server on every path, which waits for ever for what runs."""

    def serve_one(app: Any, **options: Any) -> Any:
        times = {"timeout_graceful_shutdown": FOR_EVER, "ws_close_timeout": FOR_EVER}
        return serving(app, **{"lifespan": "off", **times, **options})

    return serve_one


def stop(server: Serving, client: Client) -> None:
    """Stop; `client` has an idle connection, whose end shows that the server has begun to end."""
    server.stop()
    assert client.read_all() == b""
    client.finish()


def test_open_websockets_are_told_1012_and_their_close_is_awaited(
    draining: Serve, seen: Seen
) -> None:
    @accepting
    async def application(receive: Receive, send: Send) -> None:
        seen.put(await receive())

    with draining(application) as server, Client(server.connect()) as client:
        client.open_websocket()
        server.stop()
        assert seen.take() == RESTART
        assert client.read_close() == (1012, "the server restarts")
        client.send(make_frame(TEXT, b"late") + make_close(1012))
        assert client.read_all() == b""


def test_what_was_received_reaches_the_application_and_its_answers_the_peer(
    draining: Serve, seen: Seen
) -> None:
    gate = asyncio.Event()
    texts = [str(number) for number in range(20)]

    @accepting
    async def application(receive: Receive, send: Send) -> None:
        await gate.wait()
        while (message := await receive())["type"] == "websocket.receive":
            seen.put(message["text"])
            await send({**message, "type": "websocket.send"})
        seen.put(message)

    with draining(application) as server, Client(server.connect()) as client:
        client.open_websocket()
        for text in texts:
            client.send_text(text)
        client.send_frame(PING)
        assert client.read_frame().opcode == PONG
        server.stop()
        server.call(gate.set)
        assert [client.read_text() for _ in texts] == texts
        assert client.read_close() == (1012, "the server restarts")
        client.send_close(1012)
        assert client.read_all() == b""
    assert [seen.take() for _ in range(len(texts) + 1)] == [*texts, RESTART]


def test_a_send_that_waits_for_room_is_finished(draining: Serve, seen: Seen) -> None:
    big = bytes(16_000_000)

    @accepting
    async def application(receive: Receive, send: Send) -> None:
        await send({"type": "websocket.send", "bytes": big})
        await send({"type": "websocket.send", "text": "bye"})
        seen.put(await receive())

    with draining(application) as server, Client(server.connect()) as client:
        client.open_websocket()
        server.stop()
        assert client.read_frame().payload == big
        assert client.read_text() == "bye"
        assert seen.take() == RESTART
        assert client.read_close() == (1012, "the server restarts")
        client.send_close(1012)
        assert client.read_all() == b""


def gated(gate: asyncio.Event, seen: Seen) -> Any:
    """An application that goes on when a gate is open."""

    async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        seen.put(scope["type"])
        if scope["type"] == "websocket":
            await receive()
            seen.put(await receive())
            return
        await gate.wait()
        while (await receive())["more_body"]:
            pass
        await respond(send, b"done")

    return application


def test_a_request_in_flight_is_finished_and_nothing_follows(draining: Serve, seen: Seen) -> None:
    gate = asyncio.Event()
    with (
        draining(gated(gate, seen)) as server,
        Client(server.connect()) as idle,
        Client(server.connect()) as client,
    ):
        client.send(make_request("POST", headers=[("Content-Length", "4")]) + b"bo")
        assert seen.take() == "http"
        stop(server, idle)
        with pytest.raises(ConnectionRefusedError):
            server.connect()
        client.send(b"dy" + make_request())
        server.call(gate.set)
        response = client.read_response()
        assert (response.body, response.field("connection")) == (b"done", "close")
        assert client.read_all() == b""
    assert seen.empty


def test_a_response_that_has_begun_is_finished(draining: Serve) -> None:
    gate = asyncio.Event()

    async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        await gate.wait()
        await send({"type": "http.response.body", "body": b"last"})

    with draining(application) as server, Client(server.connect()) as client:
        client.send(make_request())
        assert client.read_head().status == 200
        assert client.read_chunk() == b"first"
        server.stop()
        server.call(gate.set)
        assert (client.read_chunk(), client.read_chunk()) == (b"last", b"")
        assert client.read_all() == b""


def test_who_has_just_connected_may_still_ask(draining: Serve, seen: Seen) -> None:
    gate = asyncio.Event()
    gate.set()
    with (
        draining(gated(gate, seen)) as server,
        Client(server.connect()) as kept,
        Client(server.connect()) as client,
        Client(server.connect()) as websocket,
    ):
        assert kept.request().body == b"done"
        # In the order of the connections: all three are known to the server.
        server.call(lambda: None)
        stop(server, kept)
        client.send(make_request())
        websocket.send(make_upgrade())
        response = client.read_response()
        assert (response.body, response.field("connection")) == (b"done", "close")
        assert websocket.read_response().status == 503
        for each in (client, websocket):
            assert each.read_all() == b""
            each.finish()


def test_a_kept_connection_ends(draining: Serve, seen: Seen) -> None:
    gate = asyncio.Event()
    gate.set()
    with draining(gated(gate, seen)) as server, Client(server.connect()) as client:
        assert client.request().body == b"done"
        stop(server, client)


def test_a_handshake_in_flight_is_refused_for_now(draining: Serve, seen: Seen) -> None:
    with (
        draining(gated(asyncio.Event(), seen)) as server,
        Client(server.connect()) as half,
        Client(server.connect()) as whole,
    ):
        half.send(make_upgrade()[:-2])
        whole.send(make_upgrade())
        assert seen.take() == "websocket"
        server.stop()
        for client in (half, whole):
            response = client.read_response()
            assert response.status == 503
            assert 1 <= int(response.field("retry-after") or 0) <= 10
            assert client.read_all() == b""
            client.finish()
    assert seen.take()["type"] == "websocket.disconnect"


def test_the_lifespan_ends_behind_all_else(draining: Serve, seen: Seen) -> None:
    gate = asyncio.Event()

    async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await gate.wait()
            await respond(send, b"done")
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            await receive()
        else:
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
        seen.put(scope["type"])

    with (
        draining(application, lifespan="on") as server,
        Client(server.connect()) as websocket,
        Client(server.connect()) as client,
    ):
        websocket.open_websocket()
        client.send(make_request())
        server.stop()
        assert websocket.read_close()[0] == 1012
        websocket.send_close(1012)
        assert websocket.read_all() == b""
        server.call(gate.set)
        assert client.read_response().body == b"done"
        client.finish()
    assert [seen.take() for _ in range(3)] == ["websocket", "http", "lifespan"]


def test_R26_an_application_that_ignores_the_disconnect_is_cancelled(
    draining: Serve, seen: Seen
) -> None:
    """Its peer gets our Close nevertheless."""

    @accepting
    async def application(receive: Receive, send: Send) -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            seen.put("cancelled")

    options = {"timeout_graceful_shutdown": 0.2}
    with draining(application, **options) as server, Client(server.connect()) as client:
        client.open_websocket()
        server.stop()
        assert client.read_close() == (1012, "the server restarts")
        client.send_close(1012)
        assert client.read_all() == b""
        assert seen.take() == "cancelled"


def test_a_peer_that_never_answers_is_cut(draining: Serve, seen: Seen) -> None:
    @accepting
    async def application(receive: Receive, send: Send) -> None:
        seen.put(await receive())

    options = {"timeout_graceful_shutdown": 0.2}
    with draining(application, **options) as server, Client(server.connect()) as client:
        client.open_websocket()
        server.stop()
        assert client.read_close()[0] == 1012
        assert seen.take() == RESTART
