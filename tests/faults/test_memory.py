"""What many peers, or one, may cost in memory."""

from __future__ import annotations

import resource
import struct
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.client import BINARY, PING, PONG, Client
from tests.e2e.command import DEFAULTS, Command, wsgate
from tests.e2e.places import PATHS
from tests.e2e.process import running
from tests.security.target import MAX_SIZE, Target
from tests.websocket.compressing import binary, deflate

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")

COMPRESSION = [("Sec-WebSocket-Extensions", "permessage-deflate")]
OF_ONE = 12_288
"""Bytes that an idle connection may take, with its application; most of it is Python's Task."""

SLACK = 4 << 20
BOMBS = 50
HUGE = 600_000_000


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("number", [400, pytest.param(8_000, marks=pytest.mark.long)])
def test_R11_idle_connections(path: str, number: int) -> None:
    """Each takes little, is pinged, and not in the order in which they came."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    options = ("--ws-ping-interval", "0.5", "--ws-ping-timeout", "0", *PATHS[path])
    with wsgate("witness:app", *options) as command, ExitStack() as stack:
        target = Target(command)
        target.get("/")
        target.process.peak()
        before = target.process.peak()
        clients = [stack.enter_context(target.connect()) for _ in range(number)]
        for client in clients:
            client.open_websocket()
        assert target.process.peak() - before < number * OF_ONE + SLACK
        for client in clients:
            assert client.read_frame().opcode == PING
            client.send_frame(PONG)
        assert target.process.peak() - before < number * OF_ONE + SLACK
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_R15_bombs(witness: Target) -> None:
    """1 MiB of zeros in a KiB each, over a limit of 64 KiB, all at once."""
    bomb = binary(deflate(bytes(1 << 20)))
    assert len(bomb) < 1100
    with ExitStack() as stack:
        clients = [stack.enter_context(witness.connect()) for _ in range(BOMBS)]
        for client in clients:
            client.open_websocket(headers=COMPRESSION)
        witness.process.peak()
        before = witness.process.peak()
        for client in clients:
            client.send(bomb)
        for client in clients:
            assert client.read_close()[0] == 1009
        assert witness.process.peak() - before < BOMBS * MAX_SIZE + SLACK


@contextmanager
def with_little_memory(*options: str) -> Iterator[Target]:
    serve = [sys.executable, "-m", "wsgate", "tests.e2e.apps.witness:app", *DEFAULTS, *options]
    limit = f'ulimit -v {HUGE // 1000} && exec "$@"'
    with running(["sh", "-c", limit, "sh", *serve]) as process:
        where = process.wait_for(r"wsgate running on http://(\S+)")
        yield Target(Command(process, where[1]))


def send_huge(client: Client) -> None:
    """A message for which there is no memory; the server ends the connection."""
    try:
        client.send(struct.pack("!BBQ4x", 0x80 | BINARY, 0xFF, HUGE))
        for _ in range(HUGE >> 20):
            client.send(bytes(1 << 20))
    except ConnectionError:
        return
    raise AssertionError("there was memory for it")


@pytest.mark.parametrize("path", PATHS)
def test_R18_a_want_of_memory_costs_one_connection(path: str) -> None:
    options = ("--ws-max-size", str(HUGE), *PATHS[path])
    with with_little_memory(*options) as target, target.connect() as other:
        other.open_websocket()
        with target.connect() as client:
            client.open_websocket()
            send_huge(client)
        target.process.wait_for("MemoryError")
        other.send_text("lives")
        assert other.read_text() == "lives"
        with target.connect() as client:
            client.open_websocket()
            client.send_close(1000)
            assert client.read_close()[0] == 1000
        other.send_close(1000)
        assert other.read_close()[0] == 1000
