"""What compressed messages leave behind in the memory of the real command: nothing."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.client import BINARY, TEXT, Client, make_frame
from tests.e2e.command import Command, wsgate
from tests.e2e.places import Place

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(sys.platform != "linux", reason="peaks are read from /proc"),
]

MIB = 1024 * 1024
OFFER = [("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")]
RSV1 = 0x40
GROWTH = 4 * MIB
"""Far less than what some messages would take, and more than an allocator's ups and downs."""


def bomb(opcode: int) -> bytes:
    """1 MiB of zeros, in about a thousandth."""
    compressor = zlib.compressobj(9, wbits=-12)
    payload = compressor.compress(bytes(MIB)) + compressor.flush(zlib.Z_SYNC_FLUSH)
    assert len(payload) < 1040
    return make_frame(RSV1 | opcode, payload[:-4])


@contextmanager
def opened(command: Command) -> Iterator[Client]:
    with Client(Place(command.address).connect()) as client:
        assert "permessage-deflate" in str(
            client.open_websocket(headers=OFFER).field("sec-websocket-extensions")
        )
        yield client


def send(client: Client, message: bytes, count: int) -> None:
    for _ in range(count):
        client.send(message)
        assert client.read_text() == str(MIB)


@pytest.mark.parametrize(
    "opcode", [pytest.param(BINARY, id="D14-R15"), pytest.param(TEXT, id="D14-R15-text")]
)
def test_a_thousand_bombs_on_one_connection(opcode: int) -> None:
    message = bomb(opcode)
    with wsgate("sizes:app", "--ws-ping-interval", "0") as command, opened(command) as client:
        send(client, message, 100)
        before = command.process.peak()
        send(client, message, 900)
        assert command.process.peak() - before < GROWTH


def test_D14_R15_bombs_on_many_connections() -> None:
    """All stay open; each holds its inflater, and no message."""
    message = bomb(BINARY)
    with wsgate("sizes:app", "--ws-ping-interval", "0") as command, ExitStack() as open_ones:
        for count in (20, 100):
            for _ in range(count):
                send(open_ones.enter_context(opened(command)), message, 5)
            if count == 20:
                before = command.process.peak()
        assert command.process.peak() - before < GROWTH + 100 * 64 * 1024


def test_D14_R15_refused_bombs() -> None:
    """Each ends its connection; what was inflated of it goes as well."""
    message = bomb(BINARY)
    with wsgate("sizes:app", "--ws-max-size", "512KiB") as command:
        for count in (50, 500):
            for _ in range(count):
                with opened(command) as client:
                    client.send(message)
                    assert client.read_close()[0] == 1009
            if count == 50:
                before = command.process.peak()
        assert command.process.peak() - before < GROWTH
