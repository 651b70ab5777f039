"""Peers that send more than is allowed: they are held back first, and closed where that goes on."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from tests.client import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, make_frame
from tests.faults.impatient import Impatient, read_frame

AT_ONCE = 256
"""Frames that are taken of one read before anything else happens."""

FRAGMENTS = 60_000
PEERS = 8
SLACK = 4 << 20


@pytest.mark.parametrize(
    ("path", "frame", "number"),
    [
        pytest.param("/messages", make_frame(TEXT, b"x"), 5_000, id="messages"),
        pytest.param("/bytes", make_frame(BINARY, bytes(80)), 400, id="bytes"),
        pytest.param("/pings", make_frame(PING), 5_000, id="R12-pings"),
    ],
)
def test_a_flood_is_held_back_and_then_closed(
    impatient: Impatient, path: str, frame: bytes, number: int
) -> None:
    told = impatient.process.log.count(f"{path}: 1008 rate by the server")
    with impatient.connect() as client:
        client.open_websocket(path)
        client.send(number * frame)
        while (answer := client.read_frame()).opcode == PONG:
            pass
        assert (answer.opcode, answer.payload[:2]) == (CLOSE, (1008).to_bytes(2, "big"))
        assert client.read_all() == b""
        address, port = client.sock.getsockname()
    impatient.process.wait_for(
        rf'{address}:{port} - "WebSocket {path}" closed 1008 \(rate, by the server\)'
    )
    impatient.process.wait_for_times(told + 1, f"{path}: 1008 rate by the server")
    counts = impatient.process.wait_for(rf"(?m)^{path}: (\d+) messages$")
    assert int(counts[1]) <= AT_ONCE


def test_who_is_held_back_loses_nothing(impatient: Impatient) -> None:
    """More than a second's messages at once: the rest is taken when there are tokens for it."""
    texts = [str(number) for number in range(1500)]
    with impatient.connect() as client:
        client.open_websocket("/throttled")
        client.send(b"".join(make_frame(TEXT, text.encode()) for text in texts))
        assert [client.read_text() for _ in texts] == texts
        client.send_close(1000)
        assert client.read_close() == (1000, "")


def test_who_is_held_back_is_not_dead(impatient: Impatient) -> None:
    """It does not answer our pings, as far as we would know."""
    with impatient.connect() as client:
        client.open_websocket("/held", behind=2 * make_frame(TEXT, b"x"))
        assert [client.read_text(), client.read_text()] == ["x", "x"]
        for _ in range(10):
            assert client.read_frame().opcode == PING


def test_R13_fragments_take_the_memory_of_their_bytes(impatient: Impatient) -> None:
    """One and a half times what was sent, at most; others took 7 to 19 times."""
    begin = make_frame(BINARY, b"x", fin=False)
    fragments = begin + (FRAGMENTS - 1) * make_frame(CONTINUATION, b"x", fin=False)
    with ExitStack() as open_ones:
        impatient.process.peak()  # of what was before
        before = impatient.process.peak()
        for _ in range(PEERS):
            client = open_ones.enter_context(impatient.connect())
            client.open_websocket("/throttled")
            client.send(fragments)
            client.send_frame(PING, b"taken")
            assert read_frame(client).opcode == PONG
        assert impatient.process.peak() - before < 1.5 * PEERS * len(fragments) + SLACK
        client.send_frame(CONTINUATION, b"x")
        assert len(read_frame(client).payload) == FRAGMENTS + 1
