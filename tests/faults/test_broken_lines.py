"""Lines that break, whatever way, and slow ones: only who is cut off ends, and each once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

import pytest

from tests.client import TEXT, make_frame
from tests.faults.impatient import Impatient, read_frame
from tests.faults.proxy import Line, line

MANY = 8
LOST = "/accepting: 1006 lost by the peer"
DEAD = '"WebSocket /blocking" closed 1006 (ping_timeout, by the server)'


@pytest.mark.parametrize(
    "break_it",
    [
        pytest.param(Line.reset, id="R09-reset"),
        pytest.param(Line.cut, id="R10-cut"),
        pytest.param(Line.half_close, id="R10-half-close"),
    ],
)
def test_a_line_breaks_inside_messages(
    impatient: Impatient, break_it: Callable[[Line], None]
) -> None:
    before = impatient.process.log.count(LOST)
    with impatient.connect() as other, line(impatient.port) as laid, ExitStack() as stack:
        other.open_websocket("/patient")
        for _ in range(MANY):
            client = stack.enter_context(laid.connect())
            client.open_websocket("/accepting")
            client.send(make_frame(TEXT, b"never heard", fin=False))
        break_it(laid)
        impatient.process.wait_for_times(before + MANY, LOST)
        other.send_text("0")
        assert read_frame(other).payload == b"0"


def test_R08_a_black_hole_between_two_that_are_well(impatient: Impatient) -> None:
    before = impatient.process.log.count(DEAD)
    with line(impatient.port) as laid, laid.connect() as client:
        client.open_websocket("/blocking")
        client.send_text("0")
        assert read_frame(client).payload == b"0"
        laid.black_hole()
        client.send_text("0")
        impatient.process.wait_for_times(before + 1, DEAD)


def test_R01_R08_a_slow_line_is_no_fault(impatient: Impatient) -> None:
    """The head, messages and Pongs come late, but they come."""
    with line(impatient.port) as laid, laid.connect() as client:
        laid.delay = 0.02
        client.open_websocket("/patient")
        for _ in range(5):
            client.send_text("0")
            assert read_frame(client).payload == b"0"
        client.send_close(1000)
        assert read_frame(client).payload == (1000).to_bytes(2, "big")
        assert client.read_all() == b""
