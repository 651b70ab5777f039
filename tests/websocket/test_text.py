"""The text of a message in the making, of which most comes decoded."""

from collections.abc import Callable, Iterator
from itertools import product

import pytest

from tests.websocket.memory import memory_taken
from wsgate.websocket.text import LARGE, Text
from wsgate.websocket.utf8 import Utf8Error

Piece = str | bytes

PIECES: dict[str, Piece] = {
    "empty": "",
    "small": "small",
    "large": "large" * LARGE,
    "ascii": b"bytes" * LARGE,
    "wide": "\U00010348".encode() * LARGE,
    "cut": b"a" * LARGE + b"\xe2\x82",
    "rest": b"\xac" + b"b" * LARGE,
}


def encoded(piece: Piece) -> bytes:
    return piece.encode() if isinstance(piece, str) else piece


def sequences() -> Iterator[list[Piece]]:
    for names in product(PIECES, repeat=4):
        # A code point that was begun is ended by the piece behind it, and by no other.
        if all(
            (name == "cut") == (after == "rest")
            for name, after in zip(["", *names], [*names, ""], strict=True)
        ):
            yield [PIECES[name] for name in names]


def text_of(pieces: list[Piece]) -> Text:
    text = Text()
    for piece in pieces:
        text.append(piece)
    return text


def test_pieces_of_all_kinds_in_any_order() -> None:
    every = list(sequences())
    assert len(every) > 100
    for pieces in every:
        whole = b"".join(map(encoded, pieces))
        text = text_of(pieces)
        assert text.size == len(whole)
        assert text.decode() == whole.decode()


def test_no_piece_at_all() -> None:
    assert Text().decode() == ""


@pytest.mark.parametrize(
    "before",
    [[], ["small"], ["a" * LARGE], ["é".encode() * LARGE]],
    ids=["T01", "T01-small", "T01-large", "T01-wide"],
)
@pytest.mark.parametrize("size", [0, LARGE])
def test_it_fails_with_the_piece_that_is_wrong(before: list[Piece], size: int) -> None:
    text = text_of(before)
    with pytest.raises(Utf8Error):
        text.append(b"a" * size + b"\xff")


@pytest.mark.parametrize("size", [1, LARGE])
def test_T01_ascii_ends_no_code_point(size: int) -> None:
    text = text_of(["a" * LARGE, b"\xe2\x82"])
    text.append("")
    with pytest.raises(Utf8Error):
        text.append("a" * size)


@pytest.mark.parametrize("size", [0, LARGE])
def test_T05_it_ends_inside_a_code_point(size: int) -> None:
    with pytest.raises(Utf8Error, match="ends inside"):
        text_of(["a" * size, b"\xe2\x82"]).decode()


def new_letters(size: int) -> Piece:
    return "".join(["a", "b" * (size - 1)])


def new_bytes(size: int) -> Piece:
    return bytes(memoryview(("\U00010348".encode() * size)[:size]))


@pytest.mark.parametrize("make", [new_letters, new_bytes])
@pytest.mark.parametrize("size", [1036, LARGE, 65_536, 262_144])
def test_in_the_making_it_takes_little_more_than_its_bytes(
    make: Callable[[int], Piece], size: int
) -> None:
    total = 4 * 1024 * 1024

    def put_together() -> Text:
        text = Text()
        for _ in range(total // size):
            text.append(make(size))
        return text

    held, peak = memory_taken(put_together)
    assert held < total * 1.04
    assert peak < total * 1.04 + size * 5
