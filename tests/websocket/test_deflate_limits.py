"""What a compressed message may cost: bytes, memory and time."""

import sys
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from tests.client import CONTINUATION, TEXT, make_frame
from tests.websocket.compressing import (
    EMPTY_BLOCK,
    HELLO,
    TAIL,
    binary,
    compressing,
    deflate,
    make_agreement,
    make_extension,
    noise,
    text,
)
from tests.websocket.memory import memory_taken
from tests.websocket.wire import RSV1, byte_by_byte, cut, expected, make_header, receive
from wsgate.websocket.connection import Connection
from wsgate.websocket.deflate import PIECE, Decompressor, PerMessageDeflate
from wsgate.websocket.deflate_negotiation import DeflateSettings
from wsgate.websocket.errors import InvalidPayload, MessageTooBig

KIB = 1024
MIB = 1024 * KIB
TRACER = 8 * KIB
"""Bytes of our own that a measurement of coverage holds."""

either_way = pytest.mark.parametrize("takeover", [True, False])


@either_way
@pytest.mark.parametrize("limit", [1, 125, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 100_000])
@pytest.mark.parametrize("level", [0, 9], ids=["stored", "best"])
@pytest.mark.parametrize("make", [bytes, noise], ids=["zeros", "noise"])
@pytest.mark.parametrize("over", [pytest.param(over, id=f"D15+{over}") for over in range(4)])
def test_the_limit_is_exact(
    takeover: bool, limit: int, level: int, make: Callable[[int], bytes], over: int
) -> None:
    payload = make(limit + over)
    encoded = deflate(payload, level, mem_level=1)
    middle = len(encoded) // 2
    wanted = [1009] if over else [payload]
    for stream in (binary(encoded), binary(encoded[:middle], b"", encoded[middle:], b"")):
        for size in (len(stream) // 60 + 1, len(stream)):
            connection = compressing(takeover, max_size=limit)
            segments = cut(stream, range(0, len(stream), size))
            assert expected(receive(connection, segments)) == wanted


@either_way
def test_D15_what_zlib_holds_back_at_the_end_of_a_piece(takeover: bool) -> None:
    """All is taken, the result is full, and up to 257 bytes of a match are still to come."""
    connection = compressing(takeover)
    for size in range(PIECE, PIECE + 260):
        assert connection.receive_data(binary(deflate(bytes(size), 9))) == [bytes(size)]


@either_way
@pytest.mark.parametrize("size", [0, 1, 1000, 100_000])
def test_the_least_favourable_bytes_fit_the_header(takeover: bool, size: int) -> None:
    """A message at the limit is not refused for the length of its frame, however it is made."""
    worst = deflate(b"\xff" * size, 0, mem_level=1), deflate(b"", strategy=zlib.Z_FIXED)
    fixed = zlib.compressobj(1, zlib.DEFLATED, -9, 1, zlib.Z_FIXED)
    literals = fixed.compress(noise(size).translate(bytes(range(144, 256)) * 2 + bytes(32)))
    literals += fixed.flush(zlib.Z_SYNC_FLUSH)
    allowed = make_extension(takeover).max_encoded(size)
    assert max(map(len, [*worst, literals])) <= allowed


@pytest.mark.parametrize(
    "stream",
    [
        pytest.param(make_header(RSV1 | TEXT, 2**40, 8), id="F16"),
        pytest.param(
            make_frame(RSV1 | TEXT, HELLO, fin=False) + make_header(CONTINUATION, 2**40, 8),
            id="F17",
        ),
    ],
)
def test_a_length_far_over_the_limit_fails_by_its_header(stream: bytes) -> None:
    assert expected(compressing().receive_data(stream)) == [1009]


@pytest.mark.once
@either_way
@pytest.mark.parametrize(
    ("bits", "ends"), [(12, False), (15, False), (12, True)], ids=["D14-12", "D14-15", "D14-read"]
)
@pytest.mark.parametrize("size", [1034, 64 * KIB], ids=["pieces", "whole"])
def test_a_bomb_inside_the_extension(takeover: bool, bits: int, ends: bool, size: int) -> None:
    """It holds less than 64 KiB beside the input, window and all, read to its end or not."""
    encoded = deflate(bytes(16 * MIB), 9, bits)
    bomb = cut(encoded, range(0, len(encoded), size))
    limit = 16 * MIB if ends else 16 * MIB - 1
    decoded = 0

    def explode() -> PerMessageDeflate:
        nonlocal decoded
        decoded = 0
        extension = make_extension(takeover, bits)
        for number, piece in enumerate(bomb, 1):
            for part in extension.decode(piece, number == len(bomb)):
                assert len(part) <= PIECE
                decoded += len(part)
                if decoded > limit:
                    return extension
        return extension

    held, peak = memory_taken(explode, explode)
    assert decoded == 16 * MIB
    assert peak < 64 * KIB
    assert held < (1 << bits) + 12 * KIB if takeover or not ends else held < 8 * KIB


WIDE = "\U00010348" + "a" * (PIECE - 4)
"""Its first letter makes each other take four bytes where the text is decoded to check it."""


@pytest.mark.parametrize("bits", [12, 15])
@pytest.mark.parametrize(
    "limit", [64 * KIB, MIB, 2 * MIB - 1, pytest.param(16 * MIB, marks=pytest.mark.once)]
)
@pytest.mark.parametrize(
    ("make", "unit"), [(binary, bytes(PIECE)), (text, bytes(PIECE)), (text, WIDE.encode())]
)
@pytest.mark.parametrize("fragments", [pytest.param(count, id=f"D14-{count}") for count in (1, 17)])
def test_a_bomb_takes_the_limit_and_little_more(
    bits: int, limit: int, make: Callable[..., bytes], unit: bytes, fragments: int
) -> None:
    """All that is held for it when it is refused, the inflater included."""
    bomb = deflate(unit * (limit // PIECE + 17), 9, bits)
    stream = make(*cut(bomb, range(0, len(bomb), len(bomb) // fragments + 1)))
    segments = cut(stream, range(0, len(stream), 1034))
    events = list[object]()

    def explode() -> Connection:
        connection = compressing(bits=bits, max_size=limit)
        events.extend(expected(receive(connection, segments)))
        return connection

    held, peak = memory_taken(explode, explode)
    assert events == [1009, 1009]
    assert peak < limit + 64 * KIB + (TRACER if sys.gettrace() else 0)
    assert held < 64 * KIB


@either_way
def test_D14_a_megabyte_a_thousand_times_leaves_memory_flat(takeover: bool) -> None:
    connection = compressing(takeover, max_size=MIB)
    message = binary(deflate(bytes(MIB), 9))
    assert receive(connection, [message]) == [bytes(MIB)]

    def repeat() -> None:
        for _ in range(20):
            assert receive(connection, [message])[-1] == bytes(MIB)

    held, peak = memory_taken(repeat, repeat)
    assert held < 8 * KIB
    assert peak < 4 * MIB


@either_way
def test_an_idle_connection_holds_at_most_a_window(takeover: bool) -> None:
    extension = make_extension(takeover)
    message = deflate(MIXED)

    def exchange() -> None:
        assert b"".join(extension.decode(message, True)) == MIXED
        assert extension.encode(MIXED)

    def go_idle() -> None:
        extension.release_compressor()
        extension.release_inflater()

    def go_idle_behind_a_message() -> None:
        exchange()
        go_idle()

    before, _ = memory_taken(exchange)
    go_idle()
    again, _ = memory_taken(exchange)
    go_idle()
    idle, _ = memory_taken(go_idle_behind_a_message, go_idle_behind_a_message)
    assert before > 48_000 if takeover else before < 8 * KIB
    assert again > 48_000 if takeover else again < 8 * KIB
    assert idle < 5 * KIB


@pytest.mark.parametrize(("mem_level", "least", "most"), [(1, 0, 34_000), (8, 150_000, 160_000)])
def test_the_memory_of_a_compressor(mem_level: int, least: int, most: int) -> None:
    extension = make_extension(mem_level=mem_level)
    held, _ = memory_taken(lambda: extension.encode(MIXED))
    assert least < held < most


MIXED = bytes(range(256)) * 4

# Of 16 KiB for a message, its first stream takes 64 bytes.
MOST_BLOCKS = (16 * KIB - 64) // len(EMPTY_BLOCK) - 1
# Each stream takes 64, and its two bytes count as well.
MOST_STREAMS = (16 * KIB - 64) // (64 + 2)


@either_way
@pytest.mark.parametrize(
    ("unit", "most"),
    [
        pytest.param(EMPTY_BLOCK, MOST_BLOCKS, id="D18-blocks"),
        pytest.param(b"\x03\x00", MOST_STREAMS, id="D18-streams"),
    ],
)
def test_empty_blocks_are_limited(takeover: bool, unit: bytes, most: int) -> None:
    connection = compressing(takeover)
    full = unit * most + b"\x00"
    for _ in range(3):
        assert connection.receive_data(text(full)) == [""]
    assert receive(connection, byte_by_byte(text(full))) == [""]
    assert receive(connection, [text(*cut(full, range(0, len(full), 100)))]) == [""]
    assert expected(compressing(takeover).receive_data(text(unit + full))) == [1009]


@either_way
@pytest.mark.parametrize("unit", [EMPTY_BLOCK, b"\x03\x00"], ids=["D18-blocks", "D18-streams"])
def test_empty_blocks_fail_before_the_message_ends(takeover: bool, unit: bytes) -> None:
    connection = compressing(takeover, max_fragments=10_000)
    stream = make_frame(RSV1 | TEXT, unit * 100, fin=False)
    stream += make_frame(CONTINUATION, unit * 100, fin=False) * 5000
    assert expected(connection.receive_data(stream)) == [1009]


class CountingZlib:
    """The module, and how many inflaters it made."""

    error = zlib.error
    compressobj = staticmethod(zlib.compressobj)

    def __init__(self) -> None:
        self.inflaters = 0

    def decompressobj(self, **arguments: Any) -> Decompressor:
        self.inflaters += 1
        return zlib.decompressobj(**arguments)


def test_D18_a_flood_of_streams_makes_few_inflaters() -> None:
    engine = CountingZlib()
    extension = PerMessageDeflate(make_agreement(), DeflateSettings(), engine)
    stream = binary(b"\x03\x00" * 100_000)
    assert expected(Connection(extension=extension).receive_data(stream)) == [1009]
    assert engine.inflaters < 300


@either_way
def test_D18_a_flush_after_each_byte_is_no_flood(takeover: bool) -> None:
    compressor = zlib.compressobj(wbits=-12)
    payload = noise(20_000)
    octets = [compressor.compress(octet) + compressor.flush(2) for octet in byte_by_byte(payload)]
    connection = compressing(takeover, max_fragments=20_001)
    assert receive(connection, [binary(*octets, b"\x00")]) == [payload]


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        pytest.param(deflate(bytes(2000)), 1009, id="D19"),
        pytest.param(EMPTY_BLOCK * 4000, 1009, id="D19-blocks"),
        pytest.param(b"\x07", 1007, id="D19-corrupt"),
    ],
)
@either_way
def test_nothing_is_read_after_a_failure(takeover: bool, payload: bytes, code: int) -> None:
    connection = compressing(takeover, max_size=1000)
    assert expected(connection.receive_data(binary(payload))) == [code]
    assert connection.receive_data(text(HELLO)) == []


@either_way
def test_D19_an_inflater_that_stopped_half_way_is_never_used_again(takeover: bool) -> None:
    extension = make_extension(takeover)
    pieces = extension.decode(deflate(bytes(100_000)), True)
    assert next(pieces) == bytes(PIECE)
    with pytest.raises(RuntimeError, match="half-way"):
        next(extension.decode(HELLO, True))


@either_way
@pytest.mark.parametrize(
    ("payload", "error"),
    [
        (b"\x07", InvalidPayload),
        (HELLO[:3], InvalidPayload),
        (TAIL * 9000, InvalidPayload),
        (EMPTY_BLOCK * 9000, MessageTooBig),
    ],
)
def test_D19_nor_one_that_failed(takeover: bool, payload: bytes, error: type[Exception]) -> None:
    extension = make_extension(takeover)
    with pytest.raises(error):
        list(extension.decode(payload, True))
    with pytest.raises(RuntimeError, match="half-way"):
        list(extension.decode(HELLO, True))
