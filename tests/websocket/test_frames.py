"""Frames: what is refused by a header alone, what the parser holds, and what is serialized."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.client import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Frame, make_frame
from tests.websocket.memory import memory_taken
from tests.websocket.wire import (
    RSV1,
    byte_by_byte,
    expected,
    make_header,
    parse_server_frames,
    receive,
)
from wsgate.websocket.connection import Connection, State
from wsgate.websocket.errors import MessageTooBig
from wsgate.websocket.events import PingReceived
from wsgate.websocket.frames import FrameParser, serialize

LIMIT = 16 * 1024 * 1024
"""Bytes of a message, by default."""


@pytest.mark.parametrize(
    ("opcode", "length", "size"),
    [
        pytest.param(TEXT, LIMIT + 1, 8, id="F16-limit+1"),
        pytest.param(BINARY, 2**40, 8, id="F16-2^40"),
        pytest.param(BINARY, 2**63 - 1, 8, id="F16-2^63-1"),
        pytest.param(CONTINUATION, LIMIT, 8, id="F17-sum"),
        pytest.param(CONTINUATION, 2**63 - 1, 8, id="F17-sum-over-2^63"),
    ],
)
def test_a_length_over_the_limit_fails_at_its_last_byte(
    opcode: int, length: int, size: int
) -> None:
    connection = Connection()
    if opcode == CONTINUATION:
        connection.receive_data(make_frame(TEXT, b"x", fin=False))
    *early, last = byte_by_byte(make_header(opcode, length, size))

    def feed() -> None:
        assert receive(connection, early) == []
        assert expected(connection.receive_data(last)) == [1009]

    _, peak = memory_taken(feed)
    assert peak < 8192


@pytest.mark.parametrize("rest", [b"", b"mask", b"mask" + b"x" * 1000])
def test_F16_a_length_within_the_limit_allocates_nothing_before_it_comes(rest: bytes) -> None:
    connection = Connection()
    header = make_header(BINARY, LIMIT, 8)
    held, peak = memory_taken(lambda: connection.receive_data(header + rest))
    assert held < 4096 + len(rest)
    assert peak < 8192 + 4 * len(rest)


@pytest.mark.parametrize("opcode", [pytest.param(TEXT, id="text"), pytest.param(BINARY, id="bin")])
@pytest.mark.parametrize("per_segment", [pytest.param(1, marks=pytest.mark.once), 60_000])
def test_F19_one_byte_fragments(opcode: int, per_segment: int) -> None:
    """All that is held counts, the connection itself included; what is fed is made before."""
    count = 60_000
    first = make_frame(opcode, b"x", fin=False)
    segment = make_frame(CONTINUATION, b"x", fin=False) * per_segment
    segments = [first, segment[: -len(first)], *[segment] * (count // per_segment - 1)]

    def feed() -> Connection:
        connection = Connection()
        assert receive(connection, segments) == []
        return connection

    held, peak = memory_taken(feed)
    assert held <= 1.5 * count
    assert peak <= 1.5 * count
    connection = feed()
    (message,) = connection.receive_data(make_frame(CONTINUATION))
    assert message == ("x" * count if opcode == TEXT else b"x" * count)


def test_F26_nothing_is_held_of_pings() -> None:
    connection = Connection()
    segment = make_frame(PING, b"?" * 125) * 100

    def feed() -> None:
        for _ in range(20):
            assert len(connection.receive_data(segment)) == 100

    feed()
    held, _ = memory_taken(feed)
    assert held < 1024


def test_F23_a_pong_for_every_size() -> None:
    connection = Connection()
    for size in range(126):
        payload = bytes(range(size))
        (ping,) = connection.receive_data(make_frame(PING, payload))
        assert ping == PingReceived(payload)
        assert list(parse_server_frames(connection.send_pong(payload))) == [Frame(PONG, payload)]


def test_F24_a_thousand_pongs() -> None:
    connection = Connection()
    assert len(receive(connection, [make_frame(PONG, b"?") * 1000])) == 1000
    assert connection.state is State.OPEN
    assert connection.receive_data(make_frame(TEXT, b"hello")) == ["hello"]


SIZES = [0, 1, 125, 126, 127, 65_535, 65_536, 70_000]


@pytest.mark.parametrize("size", SIZES)
def test_F21_what_the_server_sends(size: int) -> None:
    payload = b"x" * size
    connection = Connection()
    sent = connection.send_message(payload) + connection.send_message(payload.decode())
    sent += connection.send_ping(payload[:125]) + connection.send_pong(payload[:125])
    sent += connection.send_close(1000, payload[:123].decode())
    assert list(parse_server_frames(sent)) == [
        Frame(BINARY, payload),
        Frame(TEXT, payload),
        Frame(PING, payload[:125]),
        Frame(PONG, payload[:125]),
        Frame(CLOSE, b"\x03\xe8" + payload[:123]),
    ]


@pytest.mark.parametrize("message", ["x" * 70_000, "é" * 70_000, bytes(70_000)])
def test_F21_a_long_message_comes_apart(message: str | bytes) -> None:
    connection = Connection()
    frame = connection.send_long(message)
    assert isinstance(frame, tuple)
    assert b"".join(frame) == Connection().send_message(message)
    assert (connection.messages_sent, connection.bytes_sent) == (1, len(frame[1]))
    assert isinstance(message, str) or frame[1] is message


@pytest.mark.parametrize("size", SIZES)
def test_F21_with_rsv1(size: int) -> None:
    (frame,) = parse_server_frames(serialize(TEXT, bytes(size), 0x40))
    assert frame == Frame(0x40 | TEXT, bytes(size))


def test_a_long_frame_comes_piece_by_piece() -> None:
    parser = FrameParser(max_payload=1000)
    stream = make_frame(BINARY, bytes(range(200)))
    pieces = list[tuple[bytes, bool, bool]]()
    for segment in (stream[:8], stream[8:50], stream[50:205], stream[205:208] + b"\x82"):
        parser.feed(segment)
        assert parser.advance() is (segment != stream[:8])
        if isinstance(parser.payload, bytes) and parser.payload:
            pieces.append((parser.payload, parser.starts, parser.ends))
            assert parser.first == 0x80 | BINARY
            assert parser.advance() is False
    assert b"".join(piece for piece, _, _ in pieces) == bytes(range(200))
    assert [(starts, ends) for _, starts, ends in pieces] == [
        (True, False),
        (False, False),
        (False, True),
    ]


def text_pieces(parser: FrameParser, segments: list[bytes]) -> Iterator[str | bytes]:
    for segment in segments:
        parser.feed(segment)
        while parser.advance():
            yield parser.payload


HEAD = 6
"""Bytes of a frame before its payload."""

FRAMES: list[tuple[bytes, str | bytes, str | bytes]] = [
    (make_frame(TEXT, b"first", fin=False), "fi", "rst"),
    (make_frame(CONTINUATION, "aé".encode(), fin=False), b"a\xc3", b"\xa9"),
    (make_frame(CONTINUATION, b"end"), "en", "d"),
    (make_frame(BINARY, b"first", fin=False), b"fi", b"rst"),
    (make_frame(CONTINUATION, b"end"), b"en", b"d"),
    (make_frame(RSV1 | TEXT, b"first", fin=False), b"fi", b"rst"),
    (make_frame(CONTINUATION, b"end"), b"en", b"d"),
    (make_frame(TEXT, b"all"), "al", "l"),
]
"""Frames, and how their payload comes where it is cut behind its second byte."""


@pytest.mark.parametrize("pinged", [False, True])
def test_ascii_comes_as_str_in_texts_and_nowhere_else(pinged: bool) -> None:
    parser = FrameParser(max_payload=1000, max_encoded=1000)
    for frame, early, late in FRAMES:
        pieces = [frame[: HEAD + 2], frame[HEAD + 2 :]]
        if pinged:
            assert list(text_pieces(parser, [make_frame(PING, b"ascii")])) == [b"ascii"]
        assert list(text_pieces(parser, pieces)) == [early, late]
    for frame, early, late in FRAMES:
        whole = b"".join(p.encode() if isinstance(p, str) else p for p in (early, late))
        text = isinstance(early, str) and whole.isascii()
        assert list(text_pieces(parser, [frame])) == [whole.decode() if text else whole]


@given(st.binary(max_size=300), st.binary(min_size=4, max_size=4), st.integers(0, 310))
def test_any_masking_key_in_any_pieces(payload: bytes, key: bytes, at: int) -> None:
    stream = make_frame(BINARY, payload, mask=key)
    assert receive(Connection(), [stream[:at], stream[at:]]) == [payload]


def test_a_limit_is_for_data_frames_only() -> None:
    parser = FrameParser(max_payload=3)
    parser.feed(make_frame(PING, b"12345") + make_frame(BINARY, b"1234"))
    assert parser.advance()
    assert parser.payload == b"12345"
    with pytest.raises(MessageTooBig, match="4 bytes, and at most 3 may come"):
        parser.advance()
