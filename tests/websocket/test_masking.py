from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsgate.websocket.masking import apply_mask, rotate_key

KEYS = st.binary(min_size=4, max_size=4)
# Short payloads, and long ones on both sides of every size where the method may change.
PAYLOADS = st.binary(max_size=300) | st.binary(min_size=500, max_size=2100)


def masked_by_definition(data: bytes, key: bytes) -> bytes:
    """RFC 6455 section 5.3, as written there."""
    return bytes(octet ^ key[i % 4] for i, octet in enumerate(data))


def test_the_hello_of_the_rfc() -> None:
    # RFC 6455 section 5.7: a single-frame masked text message.
    assert apply_mask(bytes.fromhex("7f9f4d5158"), bytes.fromhex("37fa213d")) == b"Hello"


@pytest.mark.parametrize("key", [b"\x00\x00\x00\x00", b"\xff\xff\xff\xff", b"\x00\x80\x01\xff"])
def test_every_length_equals_the_definition(key: bytes) -> None:
    source = bytes(i * 7 & 0xFF for i in range(1200))
    for length in [*range(258), *range(500, 530), *range(1190, 1200)]:
        data = source[:length]
        assert apply_mask(data, key) == masked_by_definition(data, key), length


@given(PAYLOADS, KEYS)
def test_any_payload_equals_the_definition(data: bytes, key: bytes) -> None:
    assert apply_mask(data, key) == masked_by_definition(data, key)


@given(PAYLOADS, KEYS)
def test_masking_twice_gives_the_payload_back(data: bytes, key: bytes) -> None:
    assert apply_mask(apply_mask(data, key), key) == data


@given(PAYLOADS, KEYS, st.lists(st.integers(0, 2100), max_size=6))
def test_pieces_with_the_rotated_key_equal_the_whole(
    data: bytes, key: bytes, cuts: list[int]
) -> None:
    bounds = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [
        apply_mask(data[start:end], rotate_key(key, start)) for start, end in pairwise(bounds)
    ]
    assert b"".join(pieces) == apply_mask(data, key)


@pytest.mark.parametrize(
    ("offset", "rotated"),
    [(0, b"abcd"), (1, b"bcda"), (2, b"cdab"), (3, b"dabc"), (4, b"abcd"), (2**63 + 1, b"bcda")],
)
def test_rotate_key(offset: int, rotated: bytes) -> None:
    assert rotate_key(b"abcd", offset) == rotated


@pytest.mark.parametrize("size", [6, 4096])
def test_the_result_is_immutable_bytes(size: int) -> None:
    assert type(apply_mask(bytes(size), b"abcd")) is bytes
