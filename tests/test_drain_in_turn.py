"""The drain of many websockets: in turn, announced, counted; and websockets that get too old."""

from __future__ import annotations

import re
from contextlib import ExitStack
from typing import Any

import pytest

from tests.asgi.applications import Receive, Seen, Send, accepting
from tests.client import Client, make_request
from tests.conftest import Serve
from tests.serving import Serving
from wsgate.config import Config
from wsgate.errors import ConfigError
from wsgate.net.drain import check_drain

FOR_EVER = 3600.0


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


@accepting
async def patient(receive: Receive, send: Send) -> None:
    while (await receive())["type"] != "websocket.disconnect":
        pass


def summary(caplog: pytest.LogCaptureFixture) -> dict[str, int]:
    """The last line of the drain."""
    (line,) = [each.getMessage() for each in caplog.records if "drained=" in each.getMessage()]
    return {name: int(count) for name, count in re.findall(r"(\w+)=(\d+)", line)}


def opened(server: Serving, stack: ExitStack, count: int) -> list[Client]:
    clients = [stack.enter_context(Client(server.connect())) for _ in range(count)]
    for client in clients:
        client.open_websocket()
    return clients


def test_R30_websockets_are_closed_in_turn_and_counted(
    draining: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "wsgate")
    with (
        ExitStack() as stack,
        draining(patient, drain_time=FOR_EVER, timeout_graceful_shutdown=FOR_EVER) as server,
    ):
        clients = opened(server, stack, 3)
        server.stop()
        # One at once; the next after a third of for ever.
        codes = []
        for client in clients:
            if client.readable(0.3):
                codes.append(client.read_close()[0])
                client.send_close(1012)
                assert client.read_all() == b""
                client.finish()
        assert codes == [1012]
        while "closed 1012" not in caplog.text:
            server.call(lambda: None)
        server.stop()
    assert summary(caplog) == {"drained": 3, "clean": 1, "forced": 2, "lost": 0}


def test_R30_all_are_closed_by_and_by_with_the_configured_code(
    draining: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "wsgate")
    with ExitStack() as stack, draining(patient, drain_rate=50, drain_code=4001) as server:
        clients = opened(server, stack, 6)
        server.stop()
        for client in clients[1:]:
            assert client.read_close()[0] == 4001
            client.send_close(4001)
            assert client.read_all() == b""
            client.finish()
        clients[0].read_close()
        clients[0].reset()
    assert summary(caplog) == {"drained": 6, "clean": 5, "forced": 0, "lost": 1}


def test_an_application_that_asks_is_told_when_its_turn_comes(draining: Serve, seen: Seen) -> None:
    @accepting
    async def application(receive: Receive, send: Send) -> None:
        await send({"type": "wsgate.draining"})
        while (message := await receive())["type"] != "websocket.disconnect":
            seen.put(message)
            if message["type"] == "wsgate.draining":
                await send({"type": "websocket.send", "text": "bye"})
        seen.put(message)

    with draining(application, drain_rate=5) as server, ExitStack() as stack:
        clients = opened(server, stack, 2)
        server.stop()
        for client in clients:
            assert client.read_text() == "bye"
            assert client.read_close()[0] == 1012
            client.send_close(1012)
            assert client.read_all() == b""
            client.finish()
        messages = [seen.take() for _ in range(4)]
    told = [each["seconds"] for each in messages if each["type"] == "wsgate.draining"]
    assert sorted(told) == pytest.approx([0, 0.2])


def test_before_the_drain_connections_are_still_taken(draining: Serve) -> None:
    with draining(patient, pre_drain=FOR_EVER) as server:
        server.stop()
        assert server.call(lambda: server.server.ready) is False
        with Client(server.connect()) as client:
            client.open_websocket()
            assert not client.readable(0.05)
        server.stop()


def test_a_worker_that_was_replaced_keeps_its_websockets_for_a_while(draining: Serve) -> None:
    with draining(patient, drain_linger=FOR_EVER) as server, ExitStack() as stack:
        (client,) = opened(server, stack, 1)
        kept = stack.enter_context(Client(server.connect()))
        server.loop.call_soon_threadsafe(server.server.retire)
        kept.send(make_request())
        assert not client.readable(0.05)
        with pytest.raises(ConnectionRefusedError):
            server.connect()
        server.stop()
        assert client.read_close()[0] == 1012
        client.send_close(1012)
        assert client.read_all() == b""
        client.finish()
        kept.finish()


def test_a_websocket_that_is_too_old_is_renewed(draining: Serve, seen: Seen) -> None:
    @accepting
    async def application(receive: Receive, send: Send) -> None:
        seen.put(await receive())

    options = {"max_connection_lifetime": 0.2, "max_connection_lifetime_jitter": 0.1}
    with draining(application, **options) as server, Client(server.connect()) as client:
        client.open_websocket()
        assert client.read_close() == (1012, "the connection is renewed")
        client.send_close(1012)
        assert client.read_all() == b""
        assert seen.take()["reason"] == "the connection is renewed"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"drain_code": 1005}, "--drain-code 1005 must not be sent"),
        ({"drain_time": 31.0}, "--drain-time 31 is over --timeout-graceful-shutdown 30"),
    ],
)
def test_what_can_never_be_done(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        check_drain(Config(app="a:b", **options))
