"""Limits on a frame, and on by how much a message inflates; those on a message stand elsewhere."""

from __future__ import annotations

import pytest

from tests.client import BINARY, CONTINUATION, TEXT, make_frame
from tests.websocket.compressing import binary, deflate, make_extension, noise
from tests.websocket.wire import cut, expected, make_header, receive
from wsgate.websocket.connection import Connection
from wsgate.websocket.messages import FREE

LIMIT = 200
RATIO = 10


def with_small_frames(compressed: bool = False) -> Connection:
    return Connection(1000, extension=make_extension() if compressed else None, max_frame=LIMIT)


@pytest.mark.parametrize("compressed", [False, True])
def test_a_frame_up_to_its_limit(compressed: bool) -> None:
    connection = with_small_frames(compressed)
    whole, half = bytes(LIMIT), b"a" * LIMIT
    stream = make_frame(BINARY, whole) + make_frame(TEXT, half, fin=False)
    stream += make_frame(CONTINUATION, half, fin=False) + make_frame(CONTINUATION, half)
    assert connection.receive_data(stream) == [whole, "a" * 3 * LIMIT]


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize(
    "before", [b"", make_frame(BINARY, fin=False), make_frame(BINARY, b"a", fin=False)]
)
def test_a_frame_over_it_fails_with_its_header(compressed: bool, before: bytes) -> None:
    opcode = CONTINUATION if before else BINARY
    for header in (make_header(opcode, LIMIT + 1, 2), make_header(opcode, 1 << 40, 8)):
        connection = with_small_frames(compressed)
        assert expected(connection.receive_data(before + header)) == [1009]


def test_a_compressed_frame_counts_as_it_comes() -> None:
    payload = bytes(900)
    connection = with_small_frames(compressed=True)
    assert connection.receive_data(binary(deflate(payload))) == [payload]
    dense = deflate(noise(LIMIT))
    assert len(dense) > LIMIT
    assert expected(connection.receive_data(binary(dense))) == [1009]
    connection = with_small_frames(compressed=True)
    assert connection.receive_data(binary(dense[:100], dense[100:])) == [noise(LIMIT)]


@pytest.mark.parametrize("fragments", [1, 7])
@pytest.mark.parametrize(
    ("payload", "refused"),
    [
        pytest.param(bytes(FREE), False, id="small"),
        pytest.param(bytes(FREE + 1), True, id="bomb"),
        pytest.param(noise(3 * FREE), False, id="noise"),
        pytest.param(noise(FREE) + bytes(8 * FREE), False, id="within"),
        pytest.param(noise(FREE) + bytes(12 * FREE), True, id="over"),
    ],
)
def test_a_message_inflates_so_much(payload: bytes, refused: bool, fragments: int) -> None:
    encoded = deflate(payload)
    pieces = cut(encoded, range(0, len(encoded), len(encoded) // fragments + 1))
    connection = Connection(1 << 24, extension=make_extension(), max_ratio=RATIO)
    found = expected(receive(connection, [binary(*pieces)]))
    assert found == ([1009] if refused else [payload])


def test_without_a_limit_it_inflates_as_it_likes() -> None:
    payload = bytes(1 << 20)
    connection = Connection(1 << 24, extension=make_extension())
    assert receive(connection, [binary(deflate(payload))]) == [payload]
