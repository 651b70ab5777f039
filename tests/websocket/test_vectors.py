"""Every row of the tables, fed in every way: the same events come of it."""

import struct
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.client import CLOSE, PING, TEXT, make_close, make_frame
from tests.websocket.vectors import ROWS, small
from tests.websocket.wire import (
    Expected,
    byte_by_byte,
    cut,
    ends,
    expected,
    parse_server_frames,
    receive,
)
from wsgate.websocket.events import CloseReceived, ConnectionFailed, PingReceived

BEHIND = make_frame(TEXT, b"behind") + make_frame(PING, b"behind") + make_close(4321)
EVENTS_BEHIND = ["behind", PingReceived(b"behind"), CloseReceived(4321, "")]

every_row = pytest.mark.parametrize(
    ("stream", "events"), [pytest.param(stream, events, id=name) for name, stream, events in ROWS]
)


def test_ids_are_unique() -> None:
    ids = [name for name, _, _ in ROWS]
    assert len(ids) == len(set(ids))


@every_row
def test_whole(stream: bytes, events: Sequence[Expected]) -> None:
    assert expected(small().receive_data(stream)) == events


@every_row
def test_byte_by_byte(stream: bytes, events: Sequence[Expected]) -> None:
    assert expected(receive(small(), byte_by_byte(stream))) == events


@every_row
def test_F20_every_split_point(stream: bytes, events: Sequence[Expected]) -> None:
    for at in range(min(len(stream), 300)):
        received = receive(small(), [stream[:at], b"", stream[at:]])
        assert expected(received) == events, at


@given(st.lists(st.integers(0, 2000), max_size=8))
def test_F20_random_pieces(places: list[int]) -> None:
    for name, stream, events in ROWS:
        segments = cut(stream, (place % len(stream) for place in places))
        assert expected(receive(small(), segments)) == events, name


@every_row
def test_F27_bytes_behind(stream: bytes, events: Sequence[Expected]) -> None:
    behind = [] if ends(events[-1]) else EVENTS_BEHIND
    for segments in ([stream + BEHIND], [stream, BEHIND], byte_by_byte(stream + BEHIND)):
        assert expected(receive(small(), segments)) == [*events, *behind]


@pytest.mark.parametrize(
    "stream",
    [pytest.param(stream, id=name) for name, stream, events in ROWS if isinstance(events[-1], int)],
)
def test_the_sentence_of_a_failure_fits_a_close(stream: bytes) -> None:
    connection = small()
    failed = connection.receive_data(stream)[-1]
    assert isinstance(failed, ConnectionFailed)
    (close,) = parse_server_frames(connection.send_close(failed.code, failed.reason))
    assert close == (CLOSE, struct.pack("!H", failed.code) + failed.reason.encode(), True)
    assert failed.reason
