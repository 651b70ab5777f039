"""What a server has counted when it ends, whether or not it writes an access log."""

from __future__ import annotations

import select
from contextlib import suppress
from typing import Any

import pytest

from tests.client import CLOSE, TEXT, Client, make_request
from tests.conftest import Serve
from tests.serving import TIMEOUT
from wsgate import Disconnected


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Accept, unless the path says no, and wait for the end."""
    assert scope["type"] == "websocket"
    await receive()
    if scope["path"] != "/silent":
        await send({"type": "websocket.accept"})
    while (await receive())["type"] == "websocket.receive":
        pass


@pytest.mark.parametrize("access_log", [True, False])
def test_what_has_happened_is_counted(serving: Serve, access_log: bool) -> None:
    with serving(
        app,
        access_log=access_log,
        lifespan="off",
        ws_max_size=16,
        timeout_accept=0.1,
        allow_origins=["same-origin", "none"],
    ) as server:
        for _ in range(2):
            with Client(server.connect()) as client:
                client.open_websocket()
                client.send_close(1000)
                assert client.read_frame().opcode == CLOSE
                assert client.read_all() == b""
        with Client(server.connect()) as client:
            client.open_websocket()
            client.send_frame(TEXT, bytes(17))
            assert client.read_frame().opcode == CLOSE
        with Client(server.connect()) as client:
            origin = [("Origin", "http://elsewhere.example")]
            assert client.refused_websocket(headers=origin).status == 403
        with Client(server.connect()) as client:
            assert client.refused_websocket("/silent").status == 503
    assert server.server.counters == {
        "peer": 2,
        "too_big": 1,
        "refused.origin": 1,
        "accept_timeout": 1,
    }


def test_heads_that_do_not_come_are_counted(serving: Serve) -> None:
    with serving(app, lifespan="off", timeout_handshake=0.1) as server:
        with Client(server.connect()) as client:
            assert client.read_all() == b""
        with Client(server.connect()) as client:
            client.send(b"GET / HTTP/1.1\r\n")
            assert client.read_response().status == 408
    assert server.server.counters == {"timeout.head": 2}


async def slow(scope: Any, receive: Any, send: Any) -> None:
    """Wait for a body, or send without end."""
    while scope["method"] == "POST":
        if (await receive())["type"] == "http.disconnect":
            return
    await send({"type": "http.response.start", "status": 200})
    with suppress(Disconnected):
        while True:
            await send({"type": "http.response.body", "body": bytes(65_536), "more_body": True})


def test_requests_that_stop_are_counted(serving: Serve) -> None:
    limits = {"timeout_request_body": 0.1, "timeout_write": 0.1}
    with serving(slow, lifespan="off", **limits) as server:
        with Client(server.connect()) as client:
            client.send(make_request("POST", headers=[("Content-Length", "2")]) + b"1")
            assert client.read_response().status == 408
        with Client(server.connect()) as client:
            client.send(make_request())
            with pytest.raises(ConnectionResetError):
                wait_for_reset(client)
    assert server.server.counters == {"timeout.body": 1, "timeout.write": 1}


def wait_for_reset(client: Client) -> None:
    """Take nothing until the connection is gone."""
    poll = select.poll()
    poll.register(client.sock, select.POLLHUP)
    assert poll.poll(TIMEOUT * 1000)
    client.read_all()
