from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.websocket.memory import memory_taken
from wsgate.websocket.utf8 import SLICE, Utf8Error, check

# RFC 3629 section 4: the ranges of the bytes of every well-formed sequence over U+007F.
TAIL = range(0x80, 0xC0)
SEQUENCES = [
    (range(0xC2, 0xE0), TAIL),
    (range(0xE0, 0xE1), range(0xA0, 0xC0), TAIL),
    (range(0xE1, 0xED), TAIL, TAIL),
    (range(0xED, 0xEE), range(0x80, 0xA0), TAIL),
    (range(0xEE, 0xF0), TAIL, TAIL),
    (range(0xF0, 0xF1), range(0x90, 0xC0), TAIL, TAIL),
    (range(0xF1, 0xF4), TAIL, TAIL, TAIL),
    (range(0xF4, 0xF5), range(0x80, 0x90), TAIL, TAIL),
]


def fits(data: tuple[int, ...], ranges: tuple[range, ...]) -> bool:
    return all(octet in allowed for octet, allowed in zip(data, ranges, strict=False))


def is_unfinished(data: tuple[int, ...]) -> bool:
    """Whether `data` is a proper prefix of one well-formed sequence."""
    return any(len(data) < len(ranges) and fits(data, ranges) for ranges in SEQUENCES)


def accepts(data: bytes, cuts: list[int]) -> bool:
    """Whether `data`, handed over in pieces cut at `cuts`, is a whole text."""
    bounds = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pending = b""
    try:
        for start, end in pairwise(bounds):
            pending = check(pending, data[start:end])
    except Utf8Error:
        return False
    return not pending


def is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


# Whole texts, arbitrary bytes, and bytes near the edges of UTF-8, where arbitrary ones seldom are.
EDGES = b"a\x7f\x80\x8f\x90\x9f\xa0\xbf\xc1\xc2\xdf\xe0\xe1\xec\xed\xee\xef\xf0\xf1\xf3\xf4\xf5\xff"
TEXTS = (
    st.text().map(str.encode)
    | st.binary(max_size=40)
    | st.lists(st.sampled_from(EDGES), max_size=12).map(bytes)
)


@pytest.mark.parametrize(
    "cuts",
    [
        pytest.param(st.just([]), id="T07-whole"),
        pytest.param(st.just(list(range(1, 300))), id="T07-byte-by-byte"),
        pytest.param(st.lists(st.integers(1, 60), max_size=8), id="T07-random"),
    ],
)
def test_any_split_equals_decode(cuts: st.SearchStrategy[list[int]]) -> None:
    @given(TEXTS, cuts)
    def equals_decode(data: bytes, cuts: list[int]) -> None:
        assert accepts(data, cuts) == is_utf8(data)

    equals_decode()


@pytest.mark.parametrize("length", [pytest.param(n, id=f"T06-{n}") for n in (1, 2, 3)])
def test_exactly_the_prefixes_that_can_become_valid_are_pending(length: int) -> None:
    # A prefix that failed already needs no look. 0x7f stands for all of ASCII.
    for head in product(range(0x80, 0x100), repeat=length - 1):
        if head and not is_unfinished(head):
            continue
        for last in range(0x7F, 0x100):
            data = (*head, last)
            try:
                pending = check(b"", bytes(data))
            except Utf8Error:
                assert not is_unfinished(data), bytes(data)
            else:
                complete = is_utf8(bytes(data))
                assert pending == (b"" if complete else bytes(data))
                assert complete or is_unfinished(data), bytes(data)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\xff", id="T01-ff"),
        pytest.param(b"ok \x80", id="T01-continuation-alone"),
        pytest.param(
            b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0", id="T02-half-surrogate"
        ),
        pytest.param(b"\xed\xbf", id="T02-low-surrogate"),
        pytest.param(b"\xc0", id="T03-two-bytes"),
        pytest.param(b"\xe0\x9f", id="T03-three-bytes"),
        pytest.param(b"\xf0\x8f", id="T03-four-bytes"),
        pytest.param(b"\xf4\x90", id="T04-110000"),
        pytest.param(b"\xf5", id="T04-f5"),
    ],
)
def test_invalid_text_fails_at_its_first_wrong_byte(data: bytes) -> None:
    pending = check(b"", data[:-1])
    with pytest.raises(Utf8Error, match=r"^invalid UTF-8: .") as raised:
        check(pending, data[-1:])
    assert not isinstance(raised.value, UnicodeDecodeError)
    with pytest.raises(Utf8Error):
        check(b"", data + b"more")


@pytest.mark.parametrize(
    ("data", "pending"),
    [
        pytest.param(b"", b"", id="empty"),
        pytest.param(b"plain", b"", id="ascii"),
        pytest.param("κόσμε".encode(), b"", id="whole"),
        pytest.param(b"a\xc3", b"\xc3", id="T05-one"),
        pytest.param(b"a\xe2\x82", b"\xe2\x82", id="T05-two"),
        pytest.param(b"a\xf0\x9f\x98", b"\xf0\x9f\x98", id="T05-three"),
    ],
)
def test_what_is_cut_off_is_pending(data: bytes, pending: bytes) -> None:
    assert check(b"", data) == pending
    assert check(pending, b"") == pending


@pytest.mark.parametrize("size", [SLICE - 1, SLICE, SLICE * 33, 262_144])
@pytest.mark.parametrize("letter", ["é", "€", "\U00010348"])
def test_T07_much_data_is_checked_to_its_last_byte(letter: str, size: int) -> None:
    text = b"a" + letter.encode() * size
    cut = size % len(letter.encode())
    data = text[: size + 1]
    assert check(b"", data) == data[len(data) - cut :]
    for wrong in (0, size // 2, size):
        with pytest.raises(Utf8Error):
            check(b"", data[:wrong] + b"\xff" + data[wrong + 1 :])


def test_a_check_takes_a_small_part_of_much_data() -> None:
    data = b"".join(["\U00010348".encode() + b"a" * 60] * 4096)
    _, peak = memory_taken(lambda: check(b"", data))
    assert peak < len(data) // 4
