"""An application that only sends is told of the end too: by Disconnected, within a bound."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import pytest

import wsgate
from tests.asgi.applications import (
    Application,
    Complaints,
    Receive,
    Seen,
    Send,
    accepting,
    error_of,
)
from tests.client import CLOSE, TEXT, Client, Frame, make_close, make_frame
from tests.conftest import Serve
from tests.serving import TIMEOUT, Serving

BIG = bytes(8 * 1024 * 1024)
"""More than the kernel holds for a peer that does not read."""


def pushing(seen: Seen) -> Application:
    """Send small messages for ever; never receive."""

    async def body(receive: Receive, send: Send) -> None:
        try:
            while True:
                await send({"type": "websocket.send", "text": "tick"})
                await asyncio.sleep(0)
        except wsgate.Disconnected:
            seen.put("told")
            raise

    return accepting(body)


def blocked(seen: Seen) -> Application:
    """Send more than the peer takes, and hand back that send() waits, and how it ended."""

    async def body(receive: Receive, send: Send) -> None:
        assert await error_of(send({"type": "websocket.send", "text": "small"})) is None
        sending = asyncio.ensure_future(send({"type": "websocket.send", "bytes": BIG}))
        for _ in range(10):
            await asyncio.sleep(0)
        seen.put("done" if sending.done() else "waits")
        seen.put(await error_of(sending))
        seen.put(await error_of(send({"type": "websocket.send", "text": "next"})))

    return accepting(body)


def connect_slowly(server: Serving) -> Client:
    """A client whose kernel takes little that it does not read."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.settimeout(TIMEOUT)
    sock.connect((server.host, server.port))
    return Client(sock)


def read_fast(client: Client) -> None:
    """Take the bound of `connect_slowly` away."""
    client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)


def read_close_behind(client: Client) -> Frame:
    """The Close behind what was still being pushed."""
    while (frame := client.read_frame()).opcode == TEXT:
        assert frame.payload == b"tick"
    assert frame.opcode == CLOSE
    return frame


@pytest.mark.parametrize(
    ("end", "code"),
    [
        pytest.param(make_close(4444), 4444, id="peers-close"),
        pytest.param(make_frame(TEXT, b"x", mask=b""), 1002, id="F02-violation"),
    ],
)
def test_the_peers_end_within_the_close_timeout(
    serving: Serve, seen: Seen, complaints: Complaints, end: bytes, code: int
) -> None:
    with (
        serving(pushing(seen), ws_close_timeout=0.1) as server,
        Client(server.connect()) as client,
    ):
        client.open_websocket()
        client.send(end)
        assert read_close_behind(client).payload[:2] == code.to_bytes(2, "big")
        assert client.read_all() == b""
        assert seen.take() == "told"
    assert complaints() == []


def test_a_restart_within_the_close_timeout(
    serving: Serve, seen: Seen, complaints: Complaints
) -> None:
    with (
        serving(pushing(seen), ws_close_timeout=0.1) as server,
        Client(server.connect()) as client,
    ):
        client.open_websocket()
        server.stop()
        assert read_close_behind(client).payload[:2] == (1012).to_bytes(2, "big")
        client.send_close(1012)
        assert seen.take() == "told"
    assert complaints() == []


@pytest.mark.parametrize("leave", [Client.finish, Client.reset], ids=["FIN", "RST"])
def test_C13_the_loss_of_TCP(
    serving: Serve, seen: Seen, complaints: Complaints, leave: Callable[[Client], None]
) -> None:
    with serving(pushing(seen)) as server, Client(server.connect()) as client:
        client.open_websocket()
        leave(client)
        assert seen.take() == "told"
    assert complaints() == []


def test_send_waits_above_the_high_water_mark_until_the_peer_reads(
    serving: Serve, seen: Seen
) -> None:
    with serving(blocked(seen)) as server, connect_slowly(server) as client:
        client.open_websocket()
        assert seen.take() == "waits"
        read_fast(client)
        assert client.read_text() == "small"
        assert client.read_frame().payload == BIG
        assert seen.take() is None
        assert client.read_text() == "next"
        assert seen.take() is None


def test_R06_send_that_waits_raises_when_the_connection_is_lost(
    serving: Serve, seen: Seen, complaints: Complaints
) -> None:
    with serving(blocked(seen)) as server, connect_slowly(server) as client:
        client.open_websocket()
        assert seen.take() == "waits"
        client.reset()
        assert isinstance(seen.take(), wsgate.Disconnected)
        assert isinstance(seen.take(), wsgate.Disconnected)
    assert complaints() == []


def test_send_that_waits_for_a_peer_that_has_closed_ends_with_the_close_timeout(
    serving: Serve, seen: Seen, complaints: Complaints
) -> None:
    with (
        serving(blocked(seen), ws_close_timeout=0.1) as server,
        connect_slowly(server) as client,
    ):
        client.open_websocket()
        client.send_close(1000)
        assert seen.take() == "waits"
        assert isinstance(seen.take(), wsgate.Disconnected)
        assert isinstance(seen.take(), wsgate.Disconnected)
        client.reset()
    assert complaints() == []


def test_R05_what_waits_for_a_peer_that_does_not_read_is_bounded(
    serving: Serve, seen: Seen
) -> None:
    """Messages below the mark are taken at once, until the mark is reached."""

    async def body(receive: Receive, send: Send) -> None:
        message = {"type": "websocket.send", "bytes": bytes(4096)}
        sent = 0
        while True:
            sending = asyncio.ensure_future(send(message))
            for _ in range(3):
                await asyncio.sleep(0)
            if not sending.done():
                break
            sent += 1
        seen.put(sent)
        assert await error_of(sending) is None
        seen.put("goes on")

    with serving(accepting(body)) as server, connect_slowly(server) as client:
        client.open_websocket()
        sent = seen.take()
        assert 64 * 1024 <= sent * 4096 < len(BIG)
        read_fast(client)
        for _ in range(sent + 1):
            assert len(client.read_frame().payload) == 4096
        assert seen.take() == "goes on"
