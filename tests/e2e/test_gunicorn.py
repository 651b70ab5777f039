"""A real gunicorn with our worker class."""

from __future__ import annotations

import os
import re
import signal
import socket
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.client import Client
from tests.e2e.certificate import make_certificate
from tests.e2e.process import TIMEOUT, Process

pytestmark = pytest.mark.once

SIGTERM, SIGHUP, SIGQUIT, SIGUSR1 = signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1
READY = r"Application startup complete\."


class Gunicorn:
    """A running gunicorn, with a worker that is ready."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.wait_for_times(1, READY)
        self._port = int(process.wait_for(r"Listening at: https?://\S+:(\d+)")[1])

    def connect(self) -> Client:
        return Client(socket.create_connection(("127.0.0.1", self._port), timeout=TIMEOUT))

    def ask(self, *headers: tuple[str, str]) -> tuple[int, str]:
        """The worker that answers, and what it knows of the client."""
        with self.connect() as client:
            body = client.request(headers=[*headers, ("Connection", "close")]).body.decode()
        pid, _, rest = body.partition(" ")
        return int(pid), rest

    def wait_for_times(self, count: int, pattern: str) -> None:
        self.process.wait_for(rf"(?s)(?:{pattern}.*?){{{count}}}")


@contextmanager
def gunicorn(application: str, *options: str) -> Iterator[Gunicorn]:
    worker = "wsgate.gunicorn.Worker"
    command = [sys.executable, "-m", "gunicorn", "-k", worker, "-b", "127.0.0.1:0"]
    process = Process([*command, *options, f"tests.e2e.apps.{application}"])
    try:
        yield Gunicorn(process)
    finally:
        process.let_go()


def test_requests_and_websockets_until_SIGTERM() -> None:
    with gunicorn("mortal:app", "--access-logfile", "-") as server, server.connect() as websocket:
        websocket.open_websocket()
        websocket.send_text("hello")
        assert websocket.read_frame().payload == b"hello"
        with server.connect() as client:
            assert client.request("POST", body=b"go").body == b"done"
        server.process.send(SIGTERM)
        assert websocket.read_close() == (1012, "the server restarts")
        websocket.send_close(1012)
        assert websocket.read_all() == b""
        websocket.finish()
        assert server.process.wait() == 0
    log = server.process.log
    assert log.index("app: disconnect 1012") < log.index("app: shutdown")
    assert re.search(r'127\.0\.0\.1:\d+ - "POST / HTTP/1\.1" 200', log)
    assert "Traceback" not in log


def test_no_access_log_unless_gunicorn_writes_one() -> None:
    with gunicorn("gunicorn_app:app") as server:
        server.ask()
        server.process.end()
    assert '"GET / HTTP/1.1"' not in server.process.log


def test_SIGQUIT_ends_it_at_once() -> None:
    with gunicorn("mortal:app") as server, server.connect() as websocket:
        websocket.open_websocket("/swallow")
        server.process.send(SIGQUIT)
        assert server.process.wait() == 0


def test_SIGHUP_replaces_the_worker() -> None:
    with gunicorn("gunicorn_app:app") as server:
        first, _ = server.ask()
        server.process.send(SIGHUP)
        server.wait_for_times(2, READY)
        server.process.wait_for(rf"Finished server process \[{first}\]")
        second, _ = server.ask()
        assert second != first
        server.process.end()


def test_max_requests_replaces_the_worker() -> None:
    with gunicorn("gunicorn_app:app", "--max-requests", "2") as server:
        first, _ = server.ask()
        assert server.ask()[0] == first
        server.wait_for_times(2, READY)
        assert server.ask()[0] != first
        server.process.end()


def test_a_worker_that_hangs_is_killed_and_replaced() -> None:
    with gunicorn("gunicorn_app:app", "--timeout", "1") as server, server.connect() as client:
        first, _ = server.ask()
        client.send(b"GET /block HTTP/1.1\r\nHost: a\r\n\r\n")
        server.process.wait_for(rf"WORKER TIMEOUT \(pid:{first}\)")
        server.wait_for_times(2, READY)
        assert server.ask()[0] != first
        server.process.end()


def test_a_worker_that_is_idle_lives_longer_than_the_timeout() -> None:
    """It beats twice in half of it."""
    with gunicorn("gunicorn_app:app", "--timeout", "1") as server:
        first, _ = server.ask()
        server.wait_for_times(2, "app: a second")
        assert server.ask()[0] == first
        server.process.end()


def test_a_worker_whose_master_died_ends() -> None:
    with gunicorn("gunicorn_app:app") as server:
        worker, _ = server.ask()
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait_for("The master is gone")
        server.process.wait_for(rf"Finished server process \[{worker}\]")


@pytest.mark.parametrize(
    ("trusted", "client"), [("127.0.0.1", "192.0.2.7"), ("198.51.100.1", "127.0.0.1")]
)
def test_the_proxies_that_gunicorn_trusts(trusted: str, client: str) -> None:
    with gunicorn("gunicorn_app:app", "--forwarded-allow-ips", trusted) as server:
        assert server.ask(("X-Forwarded-For", "192.0.2.7"))[1] == client
        server.process.end()


def test_keep_alive_is_gunicorns() -> None:
    with gunicorn("gunicorn_app:app", "--keep-alive", "0") as server, server.connect() as client:
        assert client.request().field("connection") == "close"
        client.finish()
        server.process.end()


def test_the_certificate_that_gunicorn_is_given(tmp_path: Path) -> None:
    path = str(make_certificate(tmp_path))
    context = ssl.create_default_context(cafile=path)
    with gunicorn("gunicorn_app:app", "--certfile", path, "--keyfile", path) as server:
        with (
            server.connect() as plain,
            Client(context.wrap_socket(plain.sock, server_hostname="127.0.0.1")) as client,
        ):
            assert client.request(headers=[("Connection", "close")]).status == 200
        server.process.end()


def test_an_application_that_does_not_start_ends_gunicorn() -> None:
    command = [sys.executable, "-m", "gunicorn", "-k", "wsgate.gunicorn.Worker", "-b"]
    process = Process([*command, "127.0.0.1:0", "tests.e2e.apps.mortal:failing"])
    try:
        assert process.wait() == 3
    finally:
        process.let_go()
    assert "no database" in process.log


def test_options_of_a_derived_class() -> None:
    with gunicorn("gunicorn_app:app", "-k", "tests.e2e.apps.gunicorn_app.NamedWorker") as server:
        with server.connect() as client:
            assert client.request().field("x-name") == "value"
            client.finish()
        server.process.end()


def test_a_wrong_option_is_one_sentence() -> None:
    command = [sys.executable, "-m", "gunicorn", "-k", "tests.e2e.apps.gunicorn_app.WrongWorker"]
    process = Process([*command, "-b", "127.0.0.1:0", "tests.e2e.apps.gunicorn_app:app"])
    try:
        assert process.wait() == 4
    finally:
        process.let_go()
    assert "--ws-max-size must be at least 1" in process.log
