"""Silence: a proxy cuts a WebSocket that is silent for long, and the pings of wsgate prevent it."""

from __future__ import annotations

import pytest

from conformance.proxies.conftest import shop
from conformance.proxies.deviations import HEARS_ONLY_THE_CLIENT, NEVER_CUTS
from conformance.proxies.front import standing
from conformance.proxies.programs import PROXIES
from tests.client import CLOSE, PING, PONG, Client

IDLE = 2
"""Seconds of silence after which the proxy cuts."""

INTERVAL = 0.25
"""Seconds between two pings; a fifth shorter at most."""

PINGS = 21
"""So many span IDLE twice, also where each comes as early as it may."""


def test_pings_keep_a_websocket_open(proxy: str, transport: str) -> None:
    """Each of our pings reaches the client, each of its pongs us: else wsgate gave it up."""
    with (
        shop(transport, "--ws-ping-interval", str(INTERVAL), "--ws-ping-timeout", "2") as command,
        standing(proxy, command.address, PROXIES[proxy].idle_lines(IDLE)) as front,
        Client(front.plain.connect()) as client,
    ):
        client.open_websocket("/ws/echo")
        for _ in range(PINGS):
            ping = client.read_frame()
            assert ping.opcode == PING
            client.send_frame(PONG, ping.payload)
        client.send_text("still here")
        assert client.read_text() == "still here"


def test_who_may_be_silent(proxy: str, transport: str) -> None:
    """A client that answers no ping, where wsgate bears it: for most it is enough that we talk."""
    with (
        shop(transport, "--ws-ping-interval", str(INTERVAL), "--ws-ping-timeout", "0") as command,
        standing(proxy, command.address, PROXIES[proxy].idle_lines(IDLE)) as front,
        Client(front.plain.connect()) as client,
    ):
        client.open_websocket("/ws/echo")
        if proxy in HEARS_ONLY_THE_CLIENT:
            with pytest.raises(AssertionError, match="the stream ended"):
                set(iter(lambda: client.read_frame().opcode, CLOSE))
        else:
            assert {client.read_frame().opcode for _ in range(PINGS)} == {PING}


def test_without_pings_silence_ends_it(proxy: str, transport: str, page: str) -> None:
    """The client sees the end without a Close, the application 1006."""
    with (
        shop(transport, "--ws-ping-interval", "0") as command,
        standing(proxy, command.address, PROXIES[proxy].idle_lines(IDLE)) as front,
    ):
        with Client(front.plain.connect()) as client:
            client.open_websocket(f"/ws/record/{page}")
            if proxy in NEVER_CUTS:
                assert not client.readable(2 * IDLE)
                client.reset()
            else:
                assert client.read_all() == b""
        assert front.plain.fetch(f"/diary/{page}").value == {"code": 1006, "reason": ""}
