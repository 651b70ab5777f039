"""Who is alive, who is dead, and who has nothing to say."""

from __future__ import annotations

import time

import pytest

from tests.client import CLOSE, PING, Client
from tests.e2e.command import wsgate
from tests.e2e.places import PATHS
from tests.faults.cable import cable
from tests.faults.impatient import Impatient, read_frame

MANY = 40
PINGS = ("--ws-ping-interval", "0.5", "--ws-ping-timeout", "0.5")


def test_R08_a_silent_peer_is_dead(impatient: Impatient) -> None:
    with impatient.connect() as client:
        client.open_websocket("/dead")
        address, port = client.sock.getsockname()
        impatient.process.wait_for(
            rf'{address}:{port} - "WebSocket /dead" closed 1006 \(ping_timeout, by the server\)'
        )
    impatient.wait_for("/accepting: 1006 ping_timeout by the server")


def test_R08_a_dead_peer_is_told_of_though_the_send_buffer_never_drains(
    impatient: Impatient,
) -> None:
    """The application waits in send() for room that will never be."""
    with impatient.connect(receive_buffer=4096) as client:
        client.open_websocket("/pouring")
        impatient.wait_for("/pouring: Disconnected")
        impatient.wait_for("/pouring: 1006 ping_timeout by the server")


def test_the_close_of_a_peer_that_does_not_read_reaches_the_application(
    impatient: Impatient,
) -> None:
    """It waits in send() when the Close comes, for the close timeout at most."""
    with impatient.connect(receive_buffer=4096) as client:
        client.open_websocket("/stuck")
        client.send_close(1000)
        impatient.wait_for("/stuck: Disconnected")
        impatient.wait_for("/stuck: 1000 peer by the peer")


def test_nothing_is_said_for_too_long(impatient: Impatient) -> None:
    """Pings are answered: that is life, and no message."""
    with impatient.connect() as client:
        client.open_websocket("/idle")
        frame = read_frame(client)
        assert (frame.opcode, frame.payload[:2]) == (CLOSE, (1001).to_bytes(2, "big"))
        client.send_close(1001)
        assert client.read_all() == b""
        address, port = client.sock.getsockname()
    impatient.process.wait_for(
        rf'{address}:{port} - "WebSocket /idle" closed 1001 \(idle, by the server\)'
    )
    impatient.wait_for("/accepting: 1001 idle by the server")


def test_R19_the_wall_clock_jumps(impatient: Impatient) -> None:
    """Far into the future and back to the beginning: nobody is late by that."""
    with impatient.connect() as client, impatient.connect() as other:
        client.open_websocket("/patient")
        for wall in (4e9, 0.0, time.time()):
            assert other.request("GET", f"/clock/{wall}").status == 200
            while client.read_frame().opcode != PING:
                pass
            client.send_text("0")
            assert read_frame(client).payload == b"0"
        client.send_close(1000)
        assert read_frame(client).opcode == CLOSE


@pytest.mark.parametrize("path", PATHS)
def test_R08_peers_behind_a_cable_that_is_pulled(path: str) -> None:
    """No FIN and no RST comes from them: all are found, and nothing is left of any."""
    with cable() as laid, wsgate("patience:app", *PATHS[path], *PINGS, "--host", laid.here) as run:
        port = int(run.address.rpartition(":")[2])
        clients = [Client(laid.connect(port)) for _ in range(MANY)]
        for client in clients:
            client.open_websocket("/accepting")
        laid.pull()
        run.process.wait_for_times(MANY, "/accepting: 1006 ping_timeout by the server")
        run.process.wait_for_times(MANY, "closed 1006 (ping_timeout, by the server)")
        for client in clients:
            client.reset()
    assert "drained=0 clean=0 forced=0 lost=0" in run.process.log
