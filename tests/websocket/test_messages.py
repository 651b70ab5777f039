"""Messages: limits on their sum, text that fails at once, and any fragmentation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.client import BINARY, CONTINUATION, PING, PONG, TEXT, make_frame
from tests.websocket.vectors import INVALID_TEXTS
from tests.websocket.wire import byte_by_byte, cut, cuts, expected, make_header, receive
from wsgate.websocket.connection import Connection
from wsgate.websocket.events import ConnectionFailed, Event, PingReceived, PongReceived

NO_KEY = bytes(4)
EMPTY = make_frame(CONTINUATION, fin=False)

invalid_texts = pytest.mark.parametrize(
    ("text", "at"), [pytest.param(text, at, id=f"T06-{name}") for name, text, at in INVALID_TEXTS]
)


@invalid_texts
def test_inside_a_frame(text: bytes, at: int) -> None:
    """It fails at byte `at`, and not before, though much more of the frame is announced."""
    connection = Connection()
    connection.receive_data(make_header(TEXT, 60_000, 2) + NO_KEY)
    assert receive(connection, byte_by_byte(text[: at - 1])) == []
    assert expected(connection.receive_data(text[at - 1 : at])) == [1007]


@invalid_texts
def test_in_a_long_segment(text: bytes, at: int) -> None:
    connection = Connection()
    segment = make_header(TEXT, 60_000, 2) + NO_KEY + b"x" * 20_000 + text[:at]
    assert expected(connection.receive_data(segment)) == [1007]


@invalid_texts
def test_in_an_early_fragment(text: bytes, at: int) -> None:
    connection = Connection()
    connection.receive_data(make_frame(TEXT, b"ok", fin=False))
    for octet in byte_by_byte(text[: at - 1]):
        piece = make_frame(CONTINUATION, octet, fin=False) + make_frame(PING, octet)
        assert receive(connection, byte_by_byte(piece)) == [PingReceived(octet)]
    *early, last = byte_by_byte(make_frame(CONTINUATION, text[at - 1 : at], fin=False))
    assert receive(connection, early) == []
    assert expected(connection.receive_data(last)) == [1007]


def test_T06_binary_is_not_text() -> None:
    connection = Connection()
    connection.receive_data(make_frame(BINARY, b"\xff", fin=False))
    assert connection.receive_data(make_frame(CONTINUATION, b"\xed\xa0")) == [b"\xff\xed\xa0"]


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_F18_the_cap_by_default(opcode: int) -> None:
    """131,072 frames are a message, and not one more; Autobahn 9.3 needs 65,536."""
    begun = make_frame(opcode, fin=False) + EMPTY * 131_070
    assert receive(Connection(), [begun + make_frame(CONTINUATION)]) == [
        "" if opcode == TEXT else b""
    ]
    connection = Connection()
    assert receive(connection, [begun + EMPTY]) == []
    assert expected(connection.receive_data(EMPTY)) == [1008]


def test_F18_200_000_empty_fragments() -> None:
    events = receive(Connection(), [make_frame(TEXT, fin=False) + EMPTY * 200_000])
    assert expected(events) == [1008]


@pytest.mark.parametrize("over", [0, 1])
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
@pytest.mark.parametrize("fragments", [1, 2, 7])
def test_F17_the_limit_by_default(opcode: int, fragments: int, over: int) -> None:
    limit = 16 * 1024 * 1024
    connection = Connection()
    stream = make_frame(opcode, b"x" * (limit // 8), fin=False)
    stream += make_frame(CONTINUATION, b"x" * (limit // 8), fin=False) * (fragments - 1)
    assert connection.receive_data(stream) == []
    rest = limit - limit // 8 * fragments + over
    events = receive(connection, cut(make_frame(CONTINUATION, b"x" * rest), range(0, rest, 65_536)))
    if over:
        assert expected(events) == [1009]
    else:
        assert events == ["x" * limit if opcode == TEXT else b"x" * limit]


def test_counters_are_of_complete_messages() -> None:
    connection = Connection()
    connection.receive_data(make_frame(TEXT, "é".encode()) + make_frame(PING, b"no"))
    connection.receive_data(make_frame(BINARY, b"12", fin=False) + make_frame(PONG, b"no"))
    assert (connection.messages_received, connection.bytes_received) == (1, 2)
    connection.receive_data(make_frame(CONTINUATION, b"345"))
    assert (connection.messages_received, connection.bytes_received) == (2, 7)


MESSAGES = st.text(max_size=200) | st.binary(max_size=300)
PINGS = st.lists(st.binary(max_size=10), max_size=2)


@st.composite
def conversations(draw: st.DrawFn) -> tuple[bytes, list[Event]]:
    """Messages in any fragments with pings and pongs between these, and their events."""
    stream, events = b"", list[Event]()
    for message in draw(st.lists(MESSAGES, max_size=5)):
        payload = message.encode() if isinstance(message, str) else message
        opcode = TEXT if isinstance(message, str) else BINARY
        places = draw(st.lists(st.integers(0, len(payload)), max_size=4).map(sorted))
        edges = [0, *places, len(payload)]
        for at, start in enumerate(edges[:-1]):
            piece, fin = payload[start : edges[at + 1]], at == len(edges) - 2
            key = draw(st.binary(min_size=4, max_size=4))
            stream += make_frame(CONTINUATION if at else opcode, piece, fin, key)
            if not fin:
                for ping in draw(PINGS):
                    stream += make_frame(PING, ping) + make_frame(PONG, ping)
                    events += [PingReceived(ping), PongReceived(ping)]
        events.append(message)
    return stream, events


@given(conversations(), cuts(2000))
def test_F20_any_fragments_in_any_pieces(
    conversation: tuple[bytes, list[Event]], places: list[int]
) -> None:
    stream, events = conversation
    assert receive(Connection(), cut(stream, places)) == events


@given(st.binary(max_size=400), cuts())
def test_F20_arbitrary_bytes_in_any_pieces(stream: bytes, places: list[int]) -> None:
    whole = receive(Connection(), [stream])
    assert receive(Connection(), cut(stream, places)) == whole
    assert receive(Connection(), byte_by_byte(stream)) == whole
    assert all(not isinstance(event, ConnectionFailed) for event in whole[:-1])
