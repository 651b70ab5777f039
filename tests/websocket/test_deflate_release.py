"""An inflater that is released while nothing arrives: the client refers to what it had."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.websocket.compressing import (
    HELLO,
    HELLO_AGAIN,
    HELLO_FINAL,
    binary,
    deflate_all,
    flush,
    make_extension,
    noise,
    text,
)
from tests.websocket.memory import memory_taken
from tests.websocket.wire import Expected, cut, cuts, expected
from wsgate.websocket.connection import Connection
from wsgate.websocket.deflate_window import LONGEST, pack, repetition

WORDS = st.sampled_from([b"a", b"again ", noise(300), noise(5000), bytes(40_000)])
PAYLOADS = st.lists(st.binary(max_size=50) | WORDS, max_size=4).map(b"".join)
MESSAGES = st.lists(st.tuples(PAYLOADS, st.booleans(), cuts(60)), max_size=8)
BITS = range(9, 16)


def encode_all(
    story: list[tuple[bytes, bool]], bits: int, level: int, takeover: bool
) -> list[bytes]:
    """Each payload, and whether the stream ends with it."""
    compressor, encoded = None, list[bytes]()
    for payload, ends in story:
        if compressor is None or not takeover:
            compressor = zlib.compressobj(level, wbits=-bits)
        if ends:
            encoded.append(compressor.compress(payload) + compressor.flush() + b"\x00")
            compressor = None
        else:
            encoded.append(flush(compressor, payload))
    return encoded


@pytest.mark.parametrize("takeover", [True, False])
@given(
    bits=st.sampled_from(BITS),
    level=st.integers(0, 9),
    story=MESSAGES,
    fragments=cuts(60),
    releases=st.lists(st.booleans(), min_size=1),
)
@settings(max_examples=60)
def test_D16_a_release_changes_no_message(
    takeover: bool,
    bits: int,
    level: int,
    story: list[tuple[bytes, bool, list[int]]],
    fragments: list[int],
    releases: list[bool],
) -> None:
    """It comes behind any segment: between two messages, two fragments, or inside a frame."""
    extension = make_extension(takeover, bits)
    connection = Connection(extension=extension)
    encoded = encode_all([(payload, ends) for payload, ends, _ in story], bits, level, takeover)
    number, messages = 0, list[Expected]()
    for each, (_, _, places) in zip(encoded, story, strict=True):
        for segment in cut(binary(*cut(each, fragments)), places):
            messages += expected(connection.receive_data(segment))
            if releases[number % len(releases)]:
                extension.release_inflater()
            number += 1
    assert messages == [payload for payload, _, _ in story]


@pytest.mark.parametrize("bits", BITS)
def test_D16_what_lies_a_whole_window_back(bits: int) -> None:
    """As far as zlib ever refers; its longest match may reach over the end of what it found."""
    extension = make_extension(bits=bits)
    connection = Connection(extension=extension)
    block = noise((1 << bits) - 262)
    for message in deflate_all([block] * 4, bits):
        assert connection.receive_data(binary(message)) == [block]
        extension.release_inflater()
        extension.release_inflater()


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        pytest.param([text(HELLO_AGAIN)], [1007], id="D16-nothing-before"),
        pytest.param([text(b"\x00"), text(HELLO_AGAIN)], ["", 1007], id="D16-empty-before"),
        pytest.param([text(HELLO_FINAL), text(HELLO_AGAIN)], ["Hello", 1007], id="D12"),
        pytest.param(
            [text(HELLO), text(HELLO_FINAL), text(HELLO_AGAIN)],
            ["Hello", "Hello", 1007],
            id="D12-behind-a-release",
        ),
        pytest.param(
            [binary(each) for each in deflate_all([noise(3000)] * 2)],
            [noise(3000), 1007],
            id="D16-further-than-agreed",
        ),
        pytest.param([text(b"\x07"), text(HELLO)], [1007], id="D13"),
    ],
)
def test_a_release_gives_nothing_to_refer_to(stream: list[bytes], events: list[Expected]) -> None:
    extension = make_extension(bits=10)
    connection, given = Connection(extension=extension), list[Expected]()
    for each in stream:
        extension.release_inflater()
        given += expected(connection.receive_data(each))
        extension.release_inflater()
    assert given == events


@pytest.mark.parametrize("bits", [9, 12, 15])
@pytest.mark.parametrize("make", [bytes, noise], ids=["zeros", "noise"])
def test_what_is_held_is_no_more_than_the_window(bits: int, make: type[bytes]) -> None:
    def peer() -> Callable[[], None]:
        extension = make_extension(bits=bits)
        connection = Connection(10**6, extension=extension)
        connection.receive_data(binary(*deflate_all([noise(100)], bits)))
        extension.release_inflater()

        def hear() -> None:
            for message in deflate_all([make(100_000)], bits):
                connection.receive_data(binary(message))
            extension.release_inflater()
            assert not extension.has_inflater

        return hear

    held, _ = memory_taken(peer(), peer())
    assert held < (1 << bits) + 1500


@pytest.mark.parametrize("bits", [8, *BITS])
def test_a_block_repeats_what_came_last(bits: int) -> None:
    window = 1 << bits
    sizes = {1, 2, 3, 4, 5, LONGEST - 1, LONGEST, LONGEST + 1, window // 2 + 1, window - 1, window}
    for size in [*sorted(sizes), window + 1]:
        data, reach = noise(size), min(size, window)
        packed = pack(data)
        inflater = zlib.decompressobj(wbits=-bits)
        assert inflater.decompress(packed) == data
        assert inflater.decompress(repetition(reach), reach) == data[-reach:]
        assert len(packed) < size + size // 8 + 20


def test_text_is_packed_to_less() -> None:
    assert len(pack(b'{"id": 7, "name": "wsgate"}, ' * 40)) < 200
