"""A read that is one short message takes a shorter way: what comes of it is the same."""

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.client import BINARY, CONTINUATION, PING, TEXT, make_close, make_frame
from tests.websocket.vectors import ROWS, small
from tests.websocket.wire import RSV1, Expected, cut, expected, receive
from wsgate.websocket.connection import Connection, State
from wsgate.websocket.events import Event

PAYLOADS = st.binary(max_size=130) | st.text(max_size=60).map(str.encode)
FRAMES = st.builds(
    make_frame,
    st.sampled_from([CONTINUATION, TEXT, BINARY, 3, PING, TEXT | RSV1]),
    PAYLOADS,
    st.booleans(),
    st.sampled_from([b"", b"\0\0\0\0", b"\x37\xfa\x21\x3d"]),
)


def as_a_session(connection: Connection, reads: Iterable[bytes]) -> list[Event]:
    events: list[Event] = []
    for read in reads:
        message = connection.receive_lone(read)
        events += receive(connection, [read]) if message is None else [message]
    return events


def same(reads: Sequence[bytes]) -> None:
    shorter, longer = small(), small()
    assert as_a_session(shorter, reads) == receive(longer, reads)
    for name in ("state", "messages_received", "bytes_received", "controls_received"):
        assert getattr(shorter, name) == getattr(longer, name), name


@pytest.mark.parametrize(
    ("stream", "events"), [pytest.param(stream, events, id=name) for name, stream, events in ROWS]
)
def test_every_row_at_every_split_point(stream: bytes, events: Sequence[Expected]) -> None:
    for at in range(min(len(stream), 300)):
        assert expected(as_a_session(small(), [stream[:at], stream[at:]])) == events, at


@given(st.lists(FRAMES, max_size=6))
def test_any_frames_one_in_a_read(frames: list[bytes]) -> None:
    same(frames)


@given(st.lists(FRAMES, max_size=6), st.lists(st.integers(0, 300), max_size=6))
def test_any_frames_in_any_pieces(frames: list[bytes], places: list[int]) -> None:
    same(cut(b"".join(frames), places))


@given(st.lists(st.binary(max_size=12), max_size=6))
def test_any_bytes(reads: list[bytes]) -> None:
    same(reads)


@pytest.mark.parametrize("size", [0, 1, 31, 124, 125])
def test_is_taken_up_to_125_bytes(size: int) -> None:
    connection = Connection()
    assert connection.receive_lone(make_frame(TEXT, b"a" * size)) == "a" * size
    assert connection.receive_lone(make_frame(BINARY, b"\xff" * size)) == b"\xff" * size
    assert connection.messages_received == 2
    assert connection.bytes_received == 2 * size


def test_is_counted_in_bytes() -> None:
    connection = Connection()
    assert connection.receive_lone(make_frame(TEXT, "h\u00e9".encode())) == "h\u00e9"
    assert connection.bytes_received == 3


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(make_frame(TEXT, b"a" * 126), id="a longer one"),
        pytest.param(make_frame(TEXT, b"hello")[:-1], id="a part"),
        pytest.param(make_frame(TEXT, b"a") * 2, id="two"),
        pytest.param(make_frame(TEXT, b"a", fin=False), id="a fragment"),
        pytest.param(make_frame(TEXT | RSV1, b"a"), id="RSV1"),
        pytest.param(make_frame(TEXT, b"hello", mask=b""), id="unmasked"),
        pytest.param(make_frame(TEXT, b"\xff"), id="no UTF-8"),
        pytest.param(make_frame(PING, b"a"), id="a control frame"),
        pytest.param(make_close(1000), id="a Close"),
    ],
)
def test_is_nothing_else(read: bytes) -> None:
    connection = Connection()
    assert connection.receive_lone(read) is None
    assert (connection.messages_received, connection.bytes_received) == (0, 0)
    assert connection.state is State.OPEN


def test_keeps_the_limit() -> None:
    connection = Connection(max_size=5)
    assert connection.receive_lone(make_frame(TEXT, b"hello")) == "hello"
    assert connection.receive_lone(make_frame(TEXT, b"hello!")) is None


@pytest.mark.parametrize(
    "before", [make_frame(TEXT, b"a", fin=False), make_frame(TEXT, b"hello")[:-1], b"\x81"]
)
def test_is_none_in_the_midst_of_a_message(before: bytes) -> None:
    connection = Connection()
    assert connection.receive_data(before) == []
    assert connection.receive_lone(make_frame(TEXT, b"a")) is None


def test_is_none_behind_a_close() -> None:
    connection = Connection()
    connection.send_close(1000)
    assert connection.receive_lone(make_frame(TEXT, b"a")) is None
