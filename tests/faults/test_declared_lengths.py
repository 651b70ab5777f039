"""Lengths that are declared, and never come."""

from __future__ import annotations

import re
import struct
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.client import BINARY, make_request, make_upgrade
from tests.faults.impatient import Impatient

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")

PEERS = 100
LIMIT = 16 << 20
"""Bytes that a message may have, unless told otherwise."""

ALLOWANCE = 256 << 20
"""Bytes of address space for all of them, and an allocator's ups and downs."""


def begin_frame(length: int, fin: bool = True) -> bytes:
    """The header of a frame, its key, and a byte of all that it is to have."""
    return struct.pack("!BBQ4sB", 0x80 * fin | BINARY, 0xFF, length, b"key!", 0)


def most_memory(server: Impatient) -> int:
    """Bytes of address space, in use or not, at its largest since the start."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    peak = re.search(r"VmPeak:\s+(\d+) kB", status)
    assert peak is not None
    return int(peak[1]) * 1024


BODY = [("Content-Length", str(LIMIT)), ("Expect", "100-continue")]


@pytest.mark.parametrize(
    ("begin", "answer"),
    [
        pytest.param(make_upgrade("/accepting") + begin_frame(LIMIT), 101, id="R14-message"),
        pytest.param(
            make_upgrade("/accepting") + begin_frame(LIMIT, fin=False), 101, id="R14-fragment"
        ),
        pytest.param(make_request("POST", "/slow", BODY), 100, id="R14-body"),
    ],
)
def test_nothing_is_set_aside_for_what_is_declared(
    impatient: Impatient, begin: bytes, answer: int
) -> None:
    with ExitStack() as stack:
        before = most_memory(impatient)
        for _ in range(PEERS):
            client = stack.enter_context(impatient.connect())
            client.send(begin)
            assert client.read_head().status == answer
        assert most_memory(impatient) - before < ALLOWANCE < PEERS * LIMIT


@pytest.mark.parametrize("length", [LIMIT + 1, 2**40, 2**63 - 1], ids="R14-{}".format)
def test_more_than_is_allowed_is_refused_at_its_header(impatient: Impatient, length: int) -> None:
    with impatient.connect() as client:
        client.open_websocket("/accepting")
        client.send(begin_frame(length))
        assert client.read_close()[0] == 1009
