"""Pings leave at their interval, however long their answer may take."""

from __future__ import annotations

import pytest

from tests.client import PING, PONG, Client
from tests.conftest import Serve
from tests.serving import TIMEOUT
from wsgate.asgi.types import Receive, Scope, Send


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    await receive()


@pytest.mark.parametrize("timeout", [0, 0.1, 10 * TIMEOUT], ids=["off", "shorter", "longer"])
def test_each_answered_ping_is_followed_by_another(serving: Serve, timeout: float) -> None:
    """The client waits no longer than TIMEOUT for each."""
    options = {"ws_ping_interval": 0.2, "ws_ping_timeout": timeout, "lifespan": "off"}
    with serving(app, **options) as server, Client(server.connect()) as client:
        client.open_websocket()
        for _ in range(3):
            assert client.read_frame().opcode == PING
            client.send_frame(PONG)


def test_an_answer_may_take_longer_than_the_interval(serving: Serve) -> None:
    """Until it comes there is no second ping, and no end."""
    options = {"ws_ping_interval": 0.1, "ws_ping_timeout": TIMEOUT, "lifespan": "off"}
    with serving(app, **options) as server, Client(server.connect()) as client:
        client.open_websocket()
        assert client.read_frame().opcode == PING
        assert not client.readable(0.3)
        client.send_frame(PONG)
        assert client.read_frame().opcode == PING
