"""An extension that transforms messages needs nothing of the frames: raw deflate, in 30 lines."""

import random
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.client import BINARY, CONTINUATION, PING, PONG, TEXT, Frame, make_close, make_frame
from tests.websocket.memory import memory_taken
from tests.websocket.vectors import CLOSES, FRAMES, TEXTS, fragments
from tests.websocket.wire import (
    RSV1,
    Expected,
    byte_by_byte,
    cut,
    cuts,
    expected,
    make_header,
    parse_server_frames,
    receive,
)
from wsgate.websocket.connection import Connection
from wsgate.websocket.errors import InvalidPayload
from wsgate.websocket.events import CloseReceived, PingReceived
from wsgate.websocket.frame_cache import ALONE

FLUSHED = b"\x00\x00\xff\xff"
"""The end of a flushed deflate block, which RFC 7692 section 7.2.1 leaves out."""

PIECE = 4096


class RawDeflate:
    """Enough of RFC 7692 to try the interface: no context is taken over."""

    def __init__(self) -> None:
        self._inflater = zlib.decompressobj(wbits=-15)

    @property
    def form(self) -> int:
        return ALONE

    def max_encoded(self, size: int) -> int:
        return size + size // 8 + 16

    def decode(self, payload: bytes, final: bool) -> Iterator[bytes]:
        rest = payload + FLUSHED if final else payload
        while rest:
            try:
                piece = self._inflater.decompress(rest, PIECE)
            except zlib.error as error:
                raise InvalidPayload(str(error)) from None
            rest = self._inflater.unconsumed_tail
            yield piece
        if final:
            self._inflater = zlib.decompressobj(wbits=-15)

    def encode(self, payload: bytes) -> bytes | None:
        encoded = deflate(payload)
        return encoded if len(encoded) < len(payload) else None


def deflate(payload: bytes, level: int = -1) -> bytes:
    deflater = zlib.compressobj(level, wbits=-15)
    return (deflater.compress(payload) + deflater.flush(zlib.Z_SYNC_FLUSH)).removesuffix(FLUSHED)


def extended(max_size: int = 1000, max_fragments: int = 8) -> Connection:
    return Connection(max_size, max_fragments, RawDeflate())


def noise(size: int) -> bytes:
    """Bytes that cannot be compressed."""
    return random.Random(size).randbytes(size)


@given(st.text() | st.binary(), st.lists(st.integers(0, 50), max_size=6), cuts())
def test_D10_a_message_in_any_fragments_and_pieces(
    message: str | bytes, places: list[int], edges: list[int]
) -> None:
    payload = message.encode() if isinstance(message, str) else message
    opcode = TEXT if isinstance(message, str) else BINARY
    encoded = deflate(payload)
    stream = fragments(RSV1 | opcode, *cut(encoded, places), b"")
    stream += make_frame(RSV1 | opcode, encoded) + make_frame(opcode, payload)
    connection = extended()
    assert receive(connection, cut(stream, edges)) == [message] * 3
    assert connection.bytes_received == 3 * len(payload)


@pytest.mark.parametrize(
    ("opcode", "payload"),
    [(TEXT, b"x" * 200), (TEXT, "é".encode() * 90), (BINARY, bytes(70_000))],
)
def test_what_is_sent_is_encoded(opcode: int, payload: bytes) -> None:
    connection = extended(100_000)
    sent = connection.send_message(payload.decode() if opcode == TEXT else payload)
    assert list(parse_server_frames(sent)) == [Frame(RSV1 | opcode, deflate(payload))]
    assert connection.bytes_sent == len(payload)
    assert extended(100_000).send_long(payload) == extended(100_000).send_message(payload)


def test_what_encoding_does_not_shorten_is_sent_as_it_is() -> None:
    connection = extended()
    sent = connection.send_message("") + connection.send_message(noise(100))
    assert list(parse_server_frames(sent)) == [Frame(TEXT, b""), Frame(BINARY, noise(100))]


def test_control_frames_are_untouched() -> None:
    connection = extended()
    text = b"x" * 100
    begun, rest = deflate(text)[:3], deflate(text)[3:]
    stream = make_frame(RSV1 | TEXT, begun, fin=False) + make_frame(PING, text)
    stream += make_frame(CONTINUATION, rest) + make_close(1000, text.decode())
    assert connection.receive_data(stream) == [
        PingReceived(text),
        text.decode(),
        CloseReceived(1000, text.decode()),
    ]
    connection = extended()
    sent = connection.send_ping(text) + connection.send_pong(text)
    sent += connection.send_close(1000, text.decode())
    assert list(parse_server_frames(sent)) == [
        Frame(PING, text),
        Frame(PONG, text),
        Frame(0x8, b"\x03\xe8" + text),
    ]


BEGUN = make_frame(RSV1 | TEXT, deflate(b"begun"), fin=False)


@pytest.mark.parametrize(
    "stream",
    [
        pytest.param(make_frame(RSV1 | PING), id="D08-ping"),
        pytest.param(make_frame(RSV1 | PONG), id="D08-pong"),
        pytest.param(make_frame(RSV1 | 0x8), id="D08-close"),
        pytest.param(BEGUN + make_frame(RSV1 | CONTINUATION), id="D08-continuation"),
        pytest.param(
            make_frame(TEXT, fin=False) + make_frame(RSV1 | CONTINUATION),
            id="D08-of-a-plain-message",
        ),
        pytest.param(make_frame(0x20 | TEXT), id="F04"),
        pytest.param(make_frame(0x10 | TEXT), id="F05"),
        pytest.param(make_frame(RSV1 | 0x3), id="F06"),
        pytest.param(BEGUN + make_frame(RSV1 | TEXT), id="F11"),
    ],
)
def test_rsv1_elsewhere(stream: bytes) -> None:
    assert expected(extended().receive_data(stream)) == [1002]
    assert expected(receive(extended(), byte_by_byte(stream))) == [1002]


PLAIN = [row for row in FRAMES + CLOSES + TEXTS if not row[0].startswith("F03")]


@pytest.mark.parametrize(
    ("stream", "events"), [pytest.param(stream, events, id=name) for name, stream, events in PLAIN]
)
def test_D09_plain_frames_beside_it(stream: bytes, events: list[Expected]) -> None:
    assert expected(extended().receive_data(stream)) == events


@pytest.mark.parametrize("level", [0, 1, 9], ids=["stored", "fast", "best"])
@pytest.mark.parametrize("make", [bytes, noise], ids=["zeros", "noise"])
@pytest.mark.parametrize(
    ("over", "result"),
    [pytest.param(0, None, id="D15+0")]
    + [pytest.param(over, 1009, id=f"D15+{over}") for over in (1, 2, 3)],
)
@pytest.mark.parametrize("pieces", [1, 3])
def test_the_limit_is_on_what_comes_out(
    level: int, make: type[bytes], over: int, result: int | None, pieces: int
) -> None:
    limit = 3 * PIECE
    payload = make(limit + over)
    encoded = deflate(payload, level)
    size = len(encoded) // pieces + 1
    stream = fragments(RSV1 | BINARY, *cut(encoded, range(0, len(encoded), size)))
    wanted = [payload] if result is None else [result]
    assert expected(extended(limit).receive_data(stream)) == wanted
    assert expected(receive(extended(limit), byte_by_byte(stream))) == wanted


@pytest.mark.parametrize(
    "stream",
    [
        pytest.param(make_header(RSV1 | BINARY, 2**40, 8), id="F16"),
        pytest.param(make_header(RSV1 | BINARY, 1142, 2), id="F16-limit+1"),
        pytest.param(BEGUN + make_header(CONTINUATION, 1136, 2), id="F17"),
        pytest.param(make_header(BINARY, 1001, 2), id="F16-plain"),
        pytest.param(
            make_frame(BINARY, bytes(500), fin=False) + make_header(CONTINUATION, 501, 2),
            id="F17-plain",
        ),
    ],
)
def test_a_length_over_the_limit_fails_by_its_header(stream: bytes) -> None:
    assert receive(extended(), byte_by_byte(stream[:-1])) == []
    assert expected(extended().receive_data(stream)) == [1009]


def test_D14_a_bomb_takes_no_more_than_the_limit() -> None:
    """Beside what came, a piece and the slack of a growing bytearray, an eighth of its size."""
    limit = 1024 * 1024
    bomb = make_frame(RSV1 | BINARY, deflate(bytes(64 * limit), 9))
    connection = extended(limit)
    held, peak = memory_taken(lambda: receive(connection, [bomb]))
    assert held < 65_536 + 3 * len(bomb)
    assert peak < limit * 9 // 8 + 65_536 + 3 * len(bomb)
    assert expected(receive(extended(limit), [bomb])) == [1009]


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        pytest.param(deflate(b"\xed\xa0\x80"), 1007, id="T08"),
        pytest.param(deflate("é".encode()[:1]), 1007, id="T08-cut"),
        pytest.param(b"\x07", 1007, id="D13"),
    ],
)
def test_what_cannot_be_decoded(payload: bytes, code: int) -> None:
    stream = make_frame(RSV1 | TEXT, payload)
    assert expected(extended().receive_data(stream)) == [code]
    assert expected(receive(extended(), byte_by_byte(stream))) == [code]


@pytest.mark.parametrize(
    ("text", "code"), [(b"ok\xff" + bytes(1000), 1007), (bytes(1000) + b"\xff", 1009)]
)
def test_T08_of_two_faults_the_first_counts(text: bytes, code: int) -> None:
    stream = make_frame(RSV1 | TEXT, deflate(text, 0))
    assert expected(extended(1000).receive_data(stream)) == [code]
    assert expected(receive(extended(1000), byte_by_byte(stream))) == [code]


def test_T08_fails_before_the_message_ends() -> None:
    deflater = zlib.compressobj(wbits=-15)
    flushed = deflater.compress(b"ok\xff") + deflater.flush(zlib.Z_SYNC_FLUSH)
    assert expected(extended().receive_data(make_frame(RSV1 | TEXT, flushed, fin=False))) == [1007]


def test_F18_empty_fragments_count() -> None:
    stream = BEGUN + make_frame(CONTINUATION, fin=False) * 8
    assert expected(extended().receive_data(stream)) == [1008]
