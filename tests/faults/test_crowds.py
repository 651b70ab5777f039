"""More connections than there are file descriptors, and many at the same time."""

from __future__ import annotations

import resource
import selectors
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.client import CLOSE, Client, make_request
from tests.e2e.command import DEFAULTS, Command
from tests.e2e.places import PATHS
from tests.e2e.process import TIMEOUT, running
from tests.faults.impatient import Impatient, read_frame

DESCRIPTORS = 256
CROWD = 400
BURST = 500
REQUEST = make_request(headers=[("Connection", "close")])


@pytest.fixture(params=PATHS)
def path(request: pytest.FixtureRequest) -> tuple[str, ...]:
    return PATHS[request.param]


@contextmanager
def with_few_descriptors(*options: str) -> Iterator[Impatient]:
    serve = [sys.executable, "-m", "wsgate", "tests.e2e.apps.patience:app", *DEFAULTS, *options]
    with running(["sh", "-c", f'ulimit -n {DESCRIPTORS} && exec "$@"', "sh", *serve]) as process:
        where = process.wait_for(r"wsgate running on http://(\S+)")
        yield Impatient(Command(process, where[1]))


def assert_lives(client: Client) -> None:
    """A message that is sent is echoed."""
    client.send_text("0")
    assert read_frame(client).payload == b"0"


def test_R16_no_file_descriptor_is_left(path: tuple[str, ...]) -> None:
    """Who is there lives on, who waits is served when others have left; one line tells of it."""
    options = ("--timeout-handshake", "3600", *path)
    with with_few_descriptors(*options) as server, ExitStack() as stack:
        client = stack.enter_context(server.connect())
        client.open_websocket("/blocking")
        silent = [stack.enter_context(server.connect()) for _ in range(CROWD)]
        server.process.wait_for("WARNING: +Nobody is accepted for now")
        assert_lives(client)
        last = silent.pop()
        last.send(REQUEST)
        assert not last.readable()
        for each in silent:
            each.sock.close()
        assert last.read_response().status == 200
        assert_lives(client)
        client.send_close(1000)
        assert client.read_frame().opcode == CLOSE
    assert server.process.log.count("Nobody is accepted for now") == 1
    assert "Traceback" not in server.process.log


def test_R36_many_at_the_same_time(impatient: Impatient) -> None:
    """Each of them is served, and who was there is not forgotten meanwhile."""
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > BURST + 100
    with ExitStack() as stack, impatient.connect() as client:
        client.open_websocket("/blocking")
        ready = stack.enter_context(selectors.DefaultSelector())
        for _ in range(BURST):
            sock = stack.enter_context(socket.socket())
            sock.setblocking(False)
            sock.connect_ex(("127.0.0.1", impatient.port))
            ready.register(sock, selectors.EVENT_WRITE)
        assert_lives(client)
        answers: dict[socket.socket, bytes] = {}
        while ready.get_map():
            events = ready.select(TIMEOUT)
            assert events
            for key, event in events:
                sock = key.fileobj  # type: ignore[assignment]
                if event == selectors.EVENT_WRITE:
                    sock.sendall(REQUEST)
                    ready.modify(sock, selectors.EVENT_READ)
                elif data := sock.recv(65_536):
                    answers[sock] = answers.get(sock, b"") + data
                else:
                    ready.unregister(sock)
        assert len(answers) == BURST
        assert all(each.startswith(b"HTTP/1.1 200 ") for each in answers.values())
        assert_lives(client)
