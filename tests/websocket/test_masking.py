from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.websocket.compiled import compile_twin
from wsgate.websocket import masking
from wsgate.websocket.masking import rotate_key

KEYS = st.binary(min_size=4, max_size=4)
# Short payloads, and long ones on both sides of every size where the method may change.
PAYLOADS = st.binary(max_size=300) | st.binary(min_size=500, max_size=2100)


class Twin(NamedTuple):
    apply_mask: Callable[[bytes | bytearray | memoryview, bytes], bytes]
    unmask: Callable[[bytes, int, int], bytes]
    apply_mask_text: Callable[[bytes | bytearray | memoryview, bytes], str | bytes]
    unmask_text: Callable[[bytes, int, int], str | bytes]


@pytest.fixture(scope="module", params=["plain", "compiled"])
def twin(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Twin:
    if request.param == "plain":
        return Twin(
            masking.plain_apply_mask,
            masking.plain_unmask,
            masking.plain_apply_mask_text,
            masking.plain_unmask_text,
        )
    module = compile_twin("_masking", tmp_path_factory.mktemp("masking"))
    return Twin(module.apply_mask, module.unmask, module.apply_mask_text, module.unmask_text)


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


class TestText:
    """What is ASCII comes decoded, all else as the same bytes."""

    SIZES = (0, 1, 3, 7, 8, 9, 300, 511, 512, 4095, 4096, 4097, 9000)

    @pytest.mark.parametrize("size", SIZES)
    def test_ascii(self, twin: Twin, size: int) -> None:
        payload = bytes(i * 7 & 0x7F for i in range(size))
        masked = masked_by_definition(payload, b"\x00\x80\xff\x7f")
        for text in (
            twin.apply_mask_text(masked, b"\x00\x80\xff\x7f"),
            twin.unmask_text(b"?\x00\x80\xff\x7f" + masked + b"?", 5, 5 + size),
        ):
            assert type(text) is str
            assert text.isascii()
            assert text == payload.decode()

    @pytest.mark.parametrize("size", SIZES[1:])
    def test_a_single_byte_that_is_not(self, twin: Twin, size: int) -> None:
        for place in {*range(min(size, 9)), size // 2, *range(max(0, size - 9), size)}:
            payload = b"a" * place + b"\x80" + b"b" * (size - place - 1)
            masked = masked_by_definition(payload, b"abcd")
            assert twin.apply_mask_text(memoryview(masked), b"abcd") == payload
            assert twin.unmask_text(b"abcd" + masked, 4, 4 + size) == payload

    @given(PAYLOADS, KEYS)
    def test_any_payload(self, twin: Twin, payload: bytes, key: bytes) -> None:
        expected = payload.decode() if payload.isascii() else payload
        masked = masked_by_definition(payload, key)
        assert twin.apply_mask_text(masked, key) == expected
        assert twin.unmask_text(key + masked, 4, 4 + len(masked)) == expected

    def test_wrong_arguments(self, twin: Twin) -> None:
        with pytest.raises(ValueError, match="a masking key has 4 bytes, not 3"):
            twin.apply_mask_text(b"", b"abc")
        with pytest.raises(ValueError, match="no payload with a key before it from 3 to 8"):
            twin.unmask_text(b"abcdefgh", 3, 8)


@pytest.mark.parametrize(
    ("offset", "rotated"),
    [(0, b"abcd"), (1, b"bcda"), (2, b"cdab"), (3, b"dabc"), (4, b"abcd"), (2**63 + 1, b"bcda")],
)
def test_rotate_key(offset: int, rotated: bytes) -> None:
    assert rotate_key(b"abcd", offset) == rotated
