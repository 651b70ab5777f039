"""Frames that must not be: a Close that says why, and the end."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from tests.client import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, make_close, make_frame
from tests.e2e.wire.failing import assert_fails
from tests.e2e.wire.live import Feed, Live, in_two
from tests.http1.feeding import NEXT

MASK = b"\x37\xfa\x21\x3d"
MAX_SIZE = 2_000
MAX_FRAGMENTS = 50

MASKED_16, MASKED_64 = 0xFE, 0xFF
RSV1, RSV2, RSV3 = 0x40, 0x20, 0x10


@pytest.fixture(scope="module")
def options() -> dict[str, Any]:
    return {"ws_max_size": MAX_SIZE, "ws_max_fragments": MAX_FRAGMENTS}


def header_16(first: int, length: int) -> bytes:
    """A header with a 16-bit length, whether or not that is the shortest form."""
    return struct.pack("!BBH", first, MASKED_16, length) + MASK


def header_64(first: int, length: int) -> bytes:
    return struct.pack("!BBQ", first, MASKED_64, length) + MASK


def fragment(payload: bytes = b"", opcode: int = CONTINUATION) -> bytes:
    """A frame that is not the last of its message."""
    return make_frame(opcode, payload, fin=False)


VIOLATIONS = [
    pytest.param(make_frame(TEXT, b"a", mask=b""), 1002, id="F01-text"),
    pytest.param(make_frame(BINARY, b"", mask=b""), 1002, id="F01-empty-binary"),
    pytest.param(fragment(b"a", TEXT) + make_frame(CONTINUATION, mask=b""), 1002, id="F01-rest"),
    pytest.param(make_frame(PING, mask=b""), 1002, id="F02-ping"),
    pytest.param(make_frame(CLOSE, b"\x03\xe8", mask=b""), 1002, id="F02-close"),
    pytest.param(make_frame(RSV1 | TEXT, b"a"), 1002, id="F03-text"),
    pytest.param(make_frame(RSV1 | PING), 1002, id="F03-ping"),
    pytest.param(make_frame(RSV2 | TEXT, b"a"), 1002, id="F04"),
    pytest.param(make_frame(RSV3 | BINARY, b"a"), 1002, id="F05"),
    pytest.param(make_frame(RSV3 | CLOSE, b"\x03\xe8"), 1002, id="F05-close"),
    *(pytest.param(make_frame(code, b"a"), 1002, id=f"F06-{code}") for code in range(3, 8)),
    *(pytest.param(make_frame(code), 1002, id=f"F07-{code}") for code in range(11, 16)),
    *(
        pytest.param(make_frame(opcode, b"a" * 126), 1002, id=f"F08-{opcode}")
        for opcode in (CLOSE, PING, PONG)
    ),
    pytest.param(header_16(0x80 | PING, 126), 1002, id="F08-header-alone"),
    pytest.param(header_64(0x80 | PING, 1 << 40), 1002, id="F08-huge"),
    pytest.param(header_16(0x80 | PING, 5), 1002, id="F08-long-form"),
    *(
        pytest.param(make_frame(opcode, fin=False), 1002, id=f"F09-{opcode}")
        for opcode in (CLOSE, PING, PONG)
    ),
    pytest.param(make_frame(CONTINUATION, b"a"), 1002, id="F10-final"),
    pytest.param(fragment(b"a"), 1002, id="F10-not-final"),
    pytest.param(fragment(b"a", TEXT) + make_frame(TEXT, b"b"), 1002, id="F11-text"),
    pytest.param(fragment(b"a", TEXT) + fragment(b"b", BINARY), 1002, id="F11-binary"),
    pytest.param(fragment(b"", TEXT) + make_frame(TEXT, b"b"), 1002, id="F11-after-empty"),
    pytest.param(header_16(0x80 | TEXT, 5) + b"hello", 1002, id="F13"),
    pytest.param(header_16(0x80 | BINARY, 0), 1002, id="F13-empty"),
    pytest.param(header_16(0x80 | BINARY, 125), 1002, id="F13-125"),
    pytest.param(header_64(0x80 | BINARY, 200), 1002, id="F14"),
    pytest.param(header_64(0x80 | BINARY, 65_535), 1002, id="F14-65535"),
    pytest.param(header_64(0x80 | BINARY, 1 << 63), 1002, id="F15"),
    pytest.param(header_64(0x80 | BINARY, (1 << 64) - 1), 1002, id="F15-all-ones"),
    pytest.param(header_16(0x80 | TEXT, MAX_SIZE + 1), 1009, id="F16-one-over"),
    pytest.param(header_64(0x80 | BINARY, 1 << 40), 1009, id="F16-tera"),
    pytest.param(header_64(0x80 | BINARY, (1 << 63) - 1), 1009, id="F16-most"),
    pytest.param(fragment(b"a" * MAX_SIZE, BINARY) + fragment(b"b"), 1009, id="F17-one-over"),
    pytest.param(
        fragment(b"a" * MAX_SIZE, BINARY) + header_64(0x80, (1 << 63) - 1), 1009, id="F17-2^63"
    ),
    pytest.param(fragment(b"a" * 100, TEXT) + fragment(b"b" * 100) * 20, 1009, id="F17-many"),
    pytest.param(fragment(b"", TEXT) + fragment() * MAX_FRAGMENTS, 1008, id="F18"),
    pytest.param(fragment(b"", BINARY) + fragment(b"a") * MAX_FRAGMENTS, 1008, id="F18-bytes"),
]


@pytest.mark.parametrize(("stream", "code"), VIOLATIONS)
def test_violation(live: Live, feed: Feed, stream: bytes, code: int) -> None:
    assert_fails(live, feed, stream, code)


@pytest.mark.parametrize(
    "behind",
    [
        pytest.param(make_frame(TEXT, b"late"), id="F27-message"),
        pytest.param(make_frame(PING, b"late"), id="F27-ping"),
        pytest.param(make_close(1000, "late"), id="F27-close"),
        pytest.param(make_frame(CONTINUATION, b"late"), id="F27-rest"),
        pytest.param(NEXT, id="F27-request"),
        pytest.param(bytes(range(256)) * 200, id="F27-junk"),
    ],
)
@pytest.mark.parametrize(
    ("stream", "code"),
    [
        pytest.param(make_frame(TEXT, b"a", mask=b""), 1002, id="unmasked"),
        pytest.param(make_frame(TEXT, b"\xff"), 1007, id="text"),
        pytest.param(fragment(b"a", TEXT) + make_frame(TEXT, b"b"), 1002, id="fragments"),
        pytest.param(header_64(0x80 | BINARY, 1 << 40), 1009, id="size"),
    ],
)
def test_nothing_behind_a_failure_is_processed(
    live: Live, stream: bytes, code: int, behind: bytes
) -> None:
    assert_fails(live, in_two, stream, code, behind)
