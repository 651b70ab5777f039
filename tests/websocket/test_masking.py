from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.websocket.compiled import compile_masking
from wsgate.websocket import masking
from wsgate.websocket.masking import rotate_key

KEYS = st.binary(min_size=4, max_size=4)
# Short payloads, and long ones on both sides of every size where the method may change.
PAYLOADS = st.binary(max_size=300) | st.binary(min_size=500, max_size=2100)


class Twin(NamedTuple):
    apply_mask: Callable[[bytes | bytearray | memoryview, bytes], bytes]
    unmask: Callable[[bytes, int, int], bytes]


@pytest.fixture(scope="module", params=["plain", "compiled"])
def twin(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Twin:
    if request.param == "plain":
        return Twin(masking.plain_apply_mask, masking.plain_unmask)
    module = compile_masking(tmp_path_factory.mktemp("masking"))
    return Twin(module.apply_mask, module.unmask)


def masked_by_definition(data: bytes, key: bytes) -> bytes:
    """RFC 6455 section 5.3, as written there."""
    return bytes(octet ^ key[i % 4] for i, octet in enumerate(data))


class TestApplyMask:
    def test_the_hello_of_the_rfc(self, twin: Twin) -> None:
        # RFC 6455 section 5.7: a single-frame masked text message.
        assert twin.apply_mask(bytes.fromhex("7f9f4d5158"), bytes.fromhex("37fa213d")) == b"Hello"

    @pytest.mark.parametrize("key", [b"\x00\x00\x00\x00", b"\xff\xff\xff\xff", b"\x00\x80\x01\xff"])
    def test_every_length_equals_the_definition(self, twin: Twin, key: bytes) -> None:
        source = bytes(i * 7 & 0xFF for i in range(1200))
        for length in [*range(258), *range(500, 530), *range(1190, 1200)]:
            data = source[:length]
            assert twin.apply_mask(data, key) == masked_by_definition(data, key), length

    @given(PAYLOADS, KEYS)
    def test_any_payload_equals_the_definition(self, twin: Twin, data: bytes, key: bytes) -> None:
        assert twin.apply_mask(data, key) == masked_by_definition(data, key)

    @given(PAYLOADS, KEYS)
    def test_masking_twice_gives_the_payload_back(
        self, twin: Twin, data: bytes, key: bytes
    ) -> None:
        assert twin.apply_mask(twin.apply_mask(data, key), key) == data

    @given(PAYLOADS, KEYS, st.lists(st.integers(0, 2100), max_size=6))
    def test_pieces_with_the_rotated_key_equal_the_whole(
        self, twin: Twin, data: bytes, key: bytes, cuts: list[int]
    ) -> None:
        bounds = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
        pieces = [
            twin.apply_mask(data[start:end], rotate_key(key, start))
            for start, end in pairwise(bounds)
        ]
        assert b"".join(pieces) == twin.apply_mask(data, key)

    @pytest.mark.parametrize("size", [0, 1, 6, 4096])
    def test_the_result_is_new_and_immutable(self, twin: Twin, size: int) -> None:
        data = bytearray(size)
        result = twin.apply_mask(data, b"abcd")
        data.extend(b"not locked")
        assert type(result) is bytes
        assert result == (b"abcd" * 1024)[:size]

    @pytest.mark.parametrize("size", [6, 40, 4096])
    @pytest.mark.parametrize("offset", range(9))
    def test_any_buffer_at_any_alignment(self, twin: Twin, size: int, offset: int) -> None:
        data = bytes(range(256)) * 20
        wanted = masked_by_definition(data[offset : offset + size], b"abcd")
        view = memoryview(data)[offset : offset + size]
        assert twin.apply_mask(view, b"abcd") == wanted
        assert twin.apply_mask(bytearray(view), b"abcd") == wanted

    @pytest.mark.parametrize("key", [b"", b"abc", b"abcde", b"abcdabcd"])
    @pytest.mark.parametrize("data", [b"", b"Hello"])
    def test_a_key_has_four_bytes(self, twin: Twin, data: bytes, key: bytes) -> None:
        with pytest.raises(ValueError, match=f"a masking key has 4 bytes, not {len(key)}"):
            twin.apply_mask(data, key)

    @pytest.mark.parametrize(
        "arguments", [(), (b"",), (b"", b"abcd", b""), ("a", b"abcd"), (b"", 4)]
    )
    def test_wrong_arguments(self, twin: Twin, arguments: tuple[Any, ...]) -> None:
        with pytest.raises(TypeError):
            twin.apply_mask(*arguments)


class TestUnmask:
    @given(PAYLOADS, KEYS, st.binary(max_size=20), st.binary(max_size=20))
    def test_takes_the_key_before_the_payload(
        self, twin: Twin, payload: bytes, key: bytes, before: bytes, behind: bytes
    ) -> None:
        start = len(before) + 4
        end = start + len(payload)
        data = before + key + masked_by_definition(payload, key) + behind
        assert twin.unmask(data, start, end) == payload

    def test_no_payload(self, twin: Twin) -> None:
        assert twin.unmask(b"abcd", 4, 4) == b""

    @pytest.mark.parametrize(
        ("start", "end"),
        [(3, 8), (0, 0), (-1, 4), (-(2**63), 8), (5, 4), (8, 7), (4, 9), (9, 9), (4, 2**63 - 1)],
    )
    def test_outside_of_the_data(self, twin: Twin, start: int, end: int) -> None:
        with pytest.raises(
            ValueError, match=f"no payload with a key before it from {start} to {end}"
        ):
            twin.unmask(b"abcdefgh", start, end)

    @pytest.mark.parametrize(
        "arguments",
        [
            (),
            (b"abcd", 4),
            (b"abcd", 4, 4, 4),
            ("abcd", 4, 4),
            (b"abcd", "4", 4),
            (b"abcd", 4, None),
        ],
    )
    def test_wrong_arguments(self, twin: Twin, arguments: tuple[Any, ...]) -> None:
        with pytest.raises(TypeError):
            twin.unmask(*arguments)


@pytest.mark.parametrize(
    ("offset", "rotated"),
    [(0, b"abcd"), (1, b"bcda"), (2, b"cdab"), (3, b"dabc"), (4, b"abcd"), (2**63 + 1, b"bcda")],
)
def test_rotate_key(offset: int, rotated: bytes) -> None:
    assert rotate_key(b"abcd", offset) == rotated
