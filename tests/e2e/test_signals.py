"""The command under SIGTERM and SIGINT: it ends in order, in time, and at once when told twice."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.client import Client, make_request
from tests.e2e.process import TIMEOUT, Process

SIGTERM, SIGINT = signal.SIGTERM, signal.SIGINT

SHORT = ("--timeout-graceful-shutdown", "0.3")
LONG = ("--timeout-graceful-shutdown", "3600", "--ws-close-timeout", "3600")


@contextmanager
def command(application: str, *options: str) -> Iterator[Process]:
    """The command; how it ends is the test's matter."""
    spec = f"tests.e2e.apps.mortal:{application}"
    process = Process([sys.executable, "-m", "wsgate", spec, "--port", "0", *options])
    try:
        yield process
    finally:
        process.let_go()


class Served:
    """A running command that can be connected to."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self._port = int(process.wait_for(r"running on http://\S+:(\d+)")[1])

    def connect(self) -> Client:
        return Client(socket.create_connection(("127.0.0.1", self._port), timeout=TIMEOUT))

    def shut_down(self, number: signal.Signals) -> None:
        self.process.send(number)
        self.process.wait_for("Shutting down")


@contextmanager
def served(loop: str, *options: str) -> Iterator[Served]:
    with command("app", "--loop", loop, *options) as process:
        yield Served(process)


@pytest.mark.parametrize("number", [SIGTERM, SIGINT])
def test_it_ends_with_0(loop_kind: str, number: signal.Signals) -> None:
    with served(loop_kind, *LONG) as server:
        server.process.send(number)
        assert server.process.wait() == 0
    log = server.process.log
    assert log.index("app: shutdown") < log.index("app: background task cancelled")
    assert "Traceback" not in log
    assert "destroyed" not in log


def test_what_is_open_is_ended_in_order(loop_kind: str) -> None:
    with (
        served(loop_kind, *LONG) as server,
        server.connect() as websocket,
        server.connect() as client,
        server.connect() as idle,
    ):
        websocket.open_websocket()
        client.send(make_request("POST", headers=[("Content-Length", "2")]))
        server.process.wait_for("app: request /")
        server.shut_down(SIGTERM)
        assert idle.read_all() == b""
        with pytest.raises(ConnectionRefusedError):
            server.connect()
        assert websocket.read_close() == (1012, "the server restarts")
        websocket.send_close(1012)
        assert websocket.read_all() == b""
        assert "app: shutdown" not in server.process.log
        client.send(b"go")
        assert client.read_response().body == b"done"
        for each in (websocket, client, idle):
            each.finish()
        assert server.process.wait() == 0
    log = server.process.log
    assert log.index("app: disconnect 1012") < log.index("app: shutdown")


def test_200_websockets_end_without_rst(loop_kind: str) -> None:
    with served(loop_kind, *LONG) as server, ExitStack() as opened:
        clients = [opened.enter_context(server.connect()) for _ in range(200)]
        for client in clients:
            client.open_websocket()
        server.process.send(SIGTERM)
        for client in clients:
            assert client.read_close() == (1012, "the server restarts")
            client.send_text("late")
            client.send_close(1012)
        for client in clients:
            assert client.read_all() == b""
            assert client.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
            client.finish()
        assert server.process.wait() == 0
    assert server.process.log.count("app: disconnect 1012") == 200


@pytest.mark.parametrize("kind", ["websocket", "http"])
def test_R26_an_application_that_swallows_its_cancellation(loop_kind: str, kind: str) -> None:
    with served(loop_kind, *SHORT) as server, server.connect() as client:
        if kind == "websocket":
            client.open_websocket("/swallow")
        else:
            client.send(make_request(target="/swallow"))
            server.process.wait_for("app: request /swallow")
        server.process.send(SIGTERM)
        assert server.process.wait() == 0
    log = server.process.log
    assert log.index("did not end in time") < log.index("app: cancelled, and goes on")
    assert "app: shutdown" in log


@pytest.mark.parametrize(
    ("first", "second"), [(SIGTERM, SIGTERM), (SIGINT, SIGINT), (SIGTERM, SIGINT)]
)
def test_the_second_signal_ends_it_at_once(
    loop_kind: str, first: signal.Signals, second: signal.Signals
) -> None:
    with served(loop_kind, *LONG) as server, server.connect() as client:
        client.open_websocket("/swallow")
        server.shut_down(first)
        server.process.send(second)
        assert server.process.wait() == 0
    assert "app: shutdown" not in server.process.log


def test_a_start_that_does_not_end_is_given_up(loop_kind: str) -> None:
    with command("stuck", "--loop", loop_kind, *SHORT) as process:
        process.wait_for("app: starting")
        process.send(SIGTERM)
        assert process.wait() == 0
    assert "Application startup did not end in time" in process.log
    assert "running on" not in process.log


def test_a_start_that_does_not_end_is_ended_by_the_second_signal(loop_kind: str) -> None:
    with command("stuck", "--loop", loop_kind, *LONG) as process:
        process.wait_for("app: starting")
        process.send(SIGTERM)
        process.send(SIGINT)
        assert process.wait() == 0


def test_R29_a_start_that_fails(loop_kind: str) -> None:
    with command("failing", "--loop", loop_kind) as process:
        assert process.wait() == 3
    assert "no database" in process.log
    assert "running on" not in process.log
