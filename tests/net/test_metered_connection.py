"""Peers that are held back, and cut, over real connections."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.asgi.applications import Receive, Seen, Send
from tests.client import TEXT, Client, make_frame
from tests.conftest import Serve
from tests.net.conftest import Reading
from tests.net.secure import context, make_trust, secure
from wsgate import Disconnected
from wsgate.asgi.cause import Cause
from wsgate.asgi.websocket_phase import Disconnect
from wsgate.asgi.websocket_session import WebSocketSession

MESSAGE = make_frame(TEXT, b"x")
FOR_EVER = {"ws_message_rate": 0.001, "ws_rate_timeout": 0.0}
"""The second message of a websocket is one too many, for a quarter of an hour."""


def telling(seen: Seen) -> Any:
    """An application that echoes, and hands back its session and what the end was."""

    async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        await receive()
        seen.put(receive.__self__)  # type: ignore[attr-defined]
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({**message, "type": "websocket.send"})
        seen.put((message["code"], message["wsgate.cause"], message["wsgate.initiator"]))

    return application


def sending(seen: Seen) -> Any:
    """One that sends for ever, from several tasks."""

    async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})

        async def pour() -> None:
            while True:
                await send({"type": "websocket.send", "bytes": bytes(65_536)})

        errors = await asyncio.gather(pour(), pour(), pour(), return_exceptions=True)
        seen.put([type(each) for each in errors])
        message = await receive()
        seen.put((message["code"], message["wsgate.cause"], message["wsgate.initiator"]))

    return application


SLOW_CONSUMER = (1006, "slow_consumer", "server")


@pytest.mark.parametrize(
    ("options", "path", "held"),
    [
        pytest.param(FOR_EVER, "/", True, id="all"),
        pytest.param({"routes": [{"path": "/slow", **FOR_EVER}]}, "/slow", True, id="a-route"),
        pytest.param({"routes": [{"path": "/slow", **FOR_EVER}]}, "/", False, id="another"),
        pytest.param(
            {"routes": [{"path": "/fast", "ws_message_rate": 0}], **FOR_EVER},
            "/fast",
            False,
            id="all-but-one",
        ),
    ],
)
def test_which_websockets_are_bounded(
    ws_serving: Serve, seen: Seen, reading: Reading, options: Any, path: str, held: bool
) -> None:
    with ws_serving(telling(seen), **options) as server, Client(server.connect()) as client:
        client.open_websocket(path)
        for _ in range(2):
            client.send(MESSAGE)
            assert client.read_text() == "x"
        server.call(lambda: None)
        assert reading.pauses == held
        seen.take()
        client.reset()
        if not held:
            assert seen.take() == (1006, "lost", "peer")


def test_what_comes_with_the_handshake_counts(
    ws_serving: Serve, seen: Seen, reading: Reading
) -> None:
    with ws_serving(telling(seen), **FOR_EVER) as server, Client(server.connect()) as client:
        client.open_websocket(behind=2 * MESSAGE)
        assert [client.read_text(), client.read_text()] == ["x", "x"]
        reading.wait_for_pause()


def test_who_is_held_back_is_read_again_for_its_close(
    ws_serving: Serve, seen: Seen, reading: Reading
) -> None:
    """What it has sent meanwhile goes the way of all that comes behind our Close."""
    options = {"ws_close_timeout": 3600.0, **FOR_EVER}
    with ws_serving(telling(seen), **options) as server, Client(server.connect()) as client:
        client.open_websocket(behind=2 * MESSAGE)
        reading.wait_for_pause()
        session: WebSocketSession = seen.take()
        server.call(lambda: session.shut_down(Disconnect(1012, "", Cause.SHUTDOWN)))
        assert [client.read_text(), client.read_text()] == ["x", "x"]
        assert client.read_close() == (1012, "")
        client.send(MESSAGE)
        client.send_close(1012)
        assert client.read_all() == b""
        assert seen.take() == (1012, "shutdown", "server")


def test_what_was_not_taken_at_once_counts_when_it_is(
    ws_serving: Serve, seen: Seen, reading: Reading
) -> None:
    """More frames than a turn takes: the first part is within the rate, the second is not."""
    options = {"ws_message_rate": 500.0, "ws_rate_timeout": 0.1, "ws_max_queue": 1_000_000}
    with ws_serving(telling(seen), **options) as server, Client(server.connect()) as client:
        client.open_websocket(behind=5000 * MESSAGE)
        session: WebSocketSession = seen.take()
        assert seen.take() == (1008, "rate", "server")
        assert session.core.messages_received < 1000
    assert server.server.counters == {"rate": 1}


def test_R05_each_send_raises_and_one_end_is_counted(ws_serving: Serve, seen: Seen) -> None:
    with (
        ws_serving(sending(seen), ws_write_timeout=0.1) as server,
        Client(server.connect()) as client,
    ):
        client.open_websocket()
        assert seen.take() == [Disconnected] * 3
        assert seen.take() == SLOW_CONSUMER
    assert server.server.counters == {"slow_consumer": 1}


def test_R05_over_tls(ws_serving: Serve, seen: Seen, tmp_path: Path) -> None:
    trust = make_trust(tmp_path)
    options = {"ssl_certfile": str(trust.server), "ws_write_timeout": 0.1}
    with (
        ws_serving(sending(seen), **options) as server,
        secure(server, context(trust.server)) as client,
    ):
        client.open_websocket()
        assert seen.take() == [Disconnected] * 3
        assert seen.take() == SLOW_CONSUMER
