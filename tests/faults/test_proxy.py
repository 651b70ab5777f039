"""The line that breaks when it is told to, between two sockets of the test itself."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.client import Client
from tests.e2e.process import TIMEOUT
from tests.faults.proxy import Line, line
from tests.faults.waiting import wait_until

pytestmark = pytest.mark.once
MUCH = bytes(range(256)) * (1 << 15)
Ends = tuple[Line, Client, Client]


@pytest.fixture
def ends() -> Iterator[Ends]:
    """A line, the client on it and the server."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(TIMEOUT)
        with line(listener.getsockname()[1]) as laid:
            client = laid.connect()
            far, _ = listener.accept()
            far.settimeout(TIMEOUT)
            with client, Client(far) as server:
                client.send(b"ask")
                assert server.read(3) == b"ask"
                server.send(b"answer")
                assert client.read(6) == b"answer"
                yield laid, client, server


def test_each_end_is_carried(ends: Ends) -> None:
    _, client, server = ends
    client.finish()
    assert server.read_all() == b""
    server.send(b"last")
    server.finish()
    assert client.read_all() == b"last"


def test_much_is_carried(ends: Ends) -> None:
    _, client, server = ends
    with ThreadPoolExecutor(1) as pool:
        pool.submit(client.send, MUCH)
        assert server.read(len(MUCH)) == MUCH


def test_a_reset_is_carried(ends: Ends) -> None:
    _, client, server = ends
    client.reset()
    with pytest.raises(ConnectionResetError):
        server.read_all()


def test_delay(ends: Ends) -> None:
    laid, client, server = ends
    laid.delay = 0.05
    begin = time.monotonic()
    client.send(b"late")
    assert server.read(4) == b"late"
    assert time.monotonic() - begin >= 0.05


def test_half_close(ends: Ends) -> None:
    laid, client, server = ends
    laid.half_close()
    assert server.read_all() == b""
    server.send(b"still here")
    assert client.read(10) == b"still here"


def test_cut(ends: Ends) -> None:
    laid, client, server = ends
    laid.cut()
    assert (client.read_all(), server.read_all()) == (b"", b"")


def test_reset(ends: Ends) -> None:
    laid, *both = ends
    laid.reset()
    for each in both:
        with pytest.raises(ConnectionResetError):
            each.read_all()


def test_black_hole(ends: Ends) -> None:
    laid, client, server = ends
    laid.black_hole()
    client.send(b"lost")
    server.send(b"lost, too")
    client.finish()
    wait_until(lambda: laid.swallowed == 13)
    laid.half_close()
    assert server.read_all() == b""
    assert not client.readable()
