"""What a client sends, and what must come of it, one row for each case of a wire rule.

A row is `(id, bytes, expected events)`; a number among the events is the code of a failure.
The limits are those of `small()`.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

from tests.client import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, make_close, make_frame
from tests.websocket.wire import KEY, RSV1, RSV2, RSV3, Expected, byte_by_byte, make_header
from wsgate.websocket.connection import Connection
from wsgate.websocket.events import CloseReceived, PingReceived, PongReceived

Row = tuple[str, bytes, Sequence[Expected]]

MAX_SIZE: Final = 1000
MAX_FRAGMENTS: Final = 8


def small() -> Connection:
    """A connection with small limits."""
    return Connection(MAX_SIZE, MAX_FRAGMENTS)


def fragments(opcode: int, *payloads: bytes) -> bytes:
    """A message of one frame for each payload."""
    last = len(payloads) - 1
    return b"".join(
        make_frame(CONTINUATION if at else opcode, payload, fin=at == last)
        for at, payload in enumerate(payloads)
    )


BEGUN = make_frame(TEXT, b"be", fin=False)
EMPTY = make_frame(CONTINUATION, fin=False)
HELLO = make_frame(TEXT, b"hello")

FRAMES: list[Row] = [
    ("F01-text", make_frame(TEXT, b"hi", mask=b""), [1002]),
    ("F01-empty", make_frame(BINARY, mask=b""), [1002]),
    ("F01-second", HELLO + make_frame(BINARY, b"hi", mask=b""), ["hello", 1002]),
    ("F01-continuation", BEGUN + make_frame(CONTINUATION, b"x", mask=b""), [1002]),
    ("F02-ping", make_frame(PING, mask=b""), [1002]),
    ("F02-pong", make_frame(PONG, b"x", mask=b""), [1002]),
    ("F02-close", make_frame(CLOSE, b"\x03\xe8", mask=b""), [1002]),
    *(
        (f"{rule}-opcode{opcode}", make_frame(rsv | opcode, b"hi"), [1002])
        for rule, rsv in (("F03", RSV1), ("F04", RSV2), ("F05", RSV3), ("F05-all", 0x70))
        for opcode in (TEXT, BINARY, CLOSE, PING, PONG)
    ),
    *(
        (f"{rule}-continuation", BEGUN + make_frame(rsv | CONTINUATION, b"x"), [1002])
        for rule, rsv in (("F03", RSV1), ("F04", RSV2), ("F05", RSV3))
    ),
    *((f"F06-{opcode}", make_frame(opcode, b"hi"), [1002]) for opcode in range(3, 8)),
    *((f"F06-{opcode}-fin0", make_frame(opcode, fin=False), [1002]) for opcode in range(3, 8)),
    *((f"F07-{opcode}", make_frame(opcode, b"hi"), [1002]) for opcode in range(11, 16)),
    *((f"F08-{opcode}-126", make_frame(opcode, bytes(126)), [1002]) for opcode in (8, 9, 10)),
    ("F08-65536", make_frame(PING, bytes(65_536)), [1002]),
    ("F08-short-in-16-bits", make_header(PING, 5, 2) + KEY + b"hello", [1002]),
    *((f"F09-{opcode}", make_frame(opcode, fin=False), [1002]) for opcode in (8, 9, 10)),
    ("F10-fin0", make_frame(CONTINUATION, b"x", fin=False), [1002]),
    ("F10-fin1", make_frame(CONTINUATION, b"x"), [1002]),
    ("F10-empty", make_frame(CONTINUATION), [1002]),
    ("F10-after-message", HELLO + make_frame(CONTINUATION, b"x"), ["hello", 1002]),
    ("F10-after-fragments", fragments(TEXT, b"a", b"b") + EMPTY, ["ab", 1002]),
    ("F11-text", BEGUN + HELLO, [1002]),
    ("F11-binary", BEGUN + make_frame(BINARY, b"x"), [1002]),
    ("F11-fin0", BEGUN + make_frame(TEXT, b"x", fin=False), [1002]),
    ("F11-after-continuation", BEGUN + EMPTY + HELLO, [1002]),
    ("F11-after-empty-first", make_frame(TEXT, fin=False) + HELLO, [1002]),
    ("F11-empty-after-empty", make_frame(BINARY, fin=False) + make_frame(BINARY), [1002]),
    (
        "F12",
        BEGUN + make_frame(PING, b"1") + EMPTY + make_frame(PING) + make_frame(CONTINUATION, b"g"),
        [PingReceived(b"1"), PingReceived(b""), "beg"],
    ),
    (
        "F12-pong",
        make_frame(BINARY, b"a", fin=False) + make_frame(PONG) + make_frame(CONTINUATION, b"b"),
        [PongReceived(b""), b"ab"],
    ),
    (
        "F12-close",
        BEGUN + make_close(1000),
        [CloseReceived(1000, "")],
    ),
    ("F13-5", make_header(TEXT, 5, 2) + KEY + b"hello", [1002]),
    ("F13-125", make_header(BINARY, 125, 2) + KEY + bytes(125), [1002]),
    ("F13-0", make_header(BINARY, 0, 2) + KEY, [1002]),
    ("F13-126-is-right", make_frame(BINARY, bytes(126)), [bytes(126)]),
    ("F14-200", make_header(BINARY, 200, 8) + KEY + bytes(200), [1002]),
    ("F14-0", make_header(BINARY, 0, 8) + KEY, [1002]),
    ("F14-65535", make_header(BINARY, 65_535, 8) + KEY, [1002]),
    ("F15-2^63", make_header(BINARY, 2**63, 8) + KEY, [1002]),
    ("F15-2^64-1", make_header(BINARY, 2**64 - 1, 8) + KEY, [1002]),
    ("F15-2^63+5", make_header(TEXT, 2**63 + 5, 8) + KEY + b"hello", [1002]),
    ("F15-sum", BEGUN + make_header(CONTINUATION, 2**64 - 2, 8) + KEY, [1002]),
    ("F16-limit", make_frame(BINARY, bytes(MAX_SIZE)), [bytes(MAX_SIZE)]),
    ("F16-limit+1", make_frame(BINARY, bytes(MAX_SIZE + 1)), [1009]),
    ("F16-header-16", make_header(TEXT, MAX_SIZE + 1, 2), [1009]),
    ("F16-header-65536", make_header(TEXT, 65_536, 8), [1009]),
    ("F16-header-2^63-1", make_header(BINARY, 2**63 - 1, 8), [1009]),
    ("F16-second", HELLO + make_header(BINARY, 2**32, 8), ["hello", 1009]),
    ("F16-fin0", make_frame(BINARY, bytes(MAX_SIZE + 1), fin=False), [1009]),
    ("F17-limit", fragments(BINARY, bytes(600), b"", bytes(400)), [bytes(MAX_SIZE)]),
    ("F17-limit+1", fragments(BINARY, bytes(600), bytes(401)), [1009]),
    ("F17-header", make_frame(TEXT, b"x" * 600, fin=False) + make_header(0, 401, 2), [1009]),
    ("F17-one-over", fragments(TEXT, b"x" * MAX_SIZE, b"x"), [1009]),
    ("F17-2^63", BEGUN + make_header(CONTINUATION, 2**63 - 2, 8), [1009]),
    ("F17-ping-at-limit", make_frame(TEXT, b"x" * MAX_SIZE, fin=False) + make_frame(PING, b"p")
     + make_frame(CONTINUATION), [PingReceived(b"p"), "x" * MAX_SIZE]),
    ("F17-afresh", fragments(BINARY, bytes(600), bytes(400)) * 2, [bytes(MAX_SIZE)] * 2),
    ("F18-cap", BEGUN + EMPTY * 6 + make_frame(CONTINUATION), ["be"]),
    ("F18-cap+1", BEGUN + EMPTY * 8, [1008]),
    ("F18-empty-first", make_frame(BINARY, fin=False) + EMPTY * 8, [1008]),
    ("F18-afresh", (BEGUN + EMPTY * 6 + make_frame(CONTINUATION)) * 2, ["be", "be"]),
    ("F22-text", make_frame(TEXT), [""]),
    ("F22-binary", make_frame(BINARY), [b""]),
    ("F22-fragments", fragments(TEXT, b"", b"", b"") + fragments(BINARY, b"", b""), ["", b""]),
    *(
        (f"F23-{size}", make_frame(PING, bytes(range(size))), [PingReceived(bytes(range(size)))])
        for size in (*range(5), 63, 64, 65, 124, 125)
    ),
    ("F24", make_frame(PONG, b"?") * 30 + HELLO, [PongReceived(b"?")] * 30 + ["hello"]),
    ("F25", make_close(1000) + make_frame(PING, b"late"), [CloseReceived(1000, "")]),
]  # fmt: skip

CLOSES: list[Row] = [
    ("C01", make_close(), [CloseReceived(1005, "")]),
    ("C02", make_frame(CLOSE, b"\x03"), [1002]),
    *(
        (f"{rule}-{code}", make_close(code, "why"), [1002])
        for rule, codes in (
            ("C03", (0, 1, 999)),
            ("C04", (1004, 1005, 1006, 1015)),
            ("C05", (1016, 1100, 2000, 2999)),
            ("C07", (5000, 65_535)),
        )
        for code in codes
    ),
    *(
        (f"C06-{code}", make_close(code, "why: é"), [CloseReceived(code, "why: é")])
        for code in (*range(1000, 1004), *range(1007, 1015), 3000, 3999, 4000, 4999)
    ),
    ("C06-no-reason", make_close(1000), [CloseReceived(1000, "")]),
    ("C06-longest", make_close(4000, "x" * 123), [CloseReceived(4000, "x" * 123)]),
    ("C08", make_frame(CLOSE, struct.pack("!H", 1000) + b"caf\xe9"), [1007]),
    ("C08-surrogate", make_frame(CLOSE, struct.pack("!H", 1000) + b"\xed\xa0\x80"), [1007]),
    ("C08-cut", make_frame(CLOSE, struct.pack("!H", 1000) + "é".encode()[:1]), [1007]),
    ("C09", make_close(3000) + HELLO + make_close(4000), [CloseReceived(3000, "")]),
    ("C09-invalid", make_close(3000) + make_frame(7), [CloseReceived(3000, "")]),
    ("C09-after-message", HELLO + make_close(), ["hello", CloseReceived(1005, "")]),
]

INVALID_TEXTS: list[tuple[str, bytes, int]] = [
    # (id, text, how many of its bytes it takes to be invalid, whatever may follow)
    ("T01-continuation-byte", b"ok\x80ok", 3),
    ("T01-ff", b"\xff", 1),
    ("T01-lead-without-tail", b"\xc3(ok", 2),
    ("T01-autobahn", "κόσμε".encode() + b"\xed\xa0\x80edited", 12),
    ("T02-first", b"\xed\xa0\x80", 2),
    ("T02-last", b"ok\xed\xbf\xbfok", 4),
    ("T02-pair", b"\xed\xa0\xbd\xed\xb8\x80", 2),
    ("T03-2", b"\xc0\xaf", 1),
    ("T03-2-c1", b"ok\xc1\xbf", 3),
    ("T03-3", b"\xe0\x80\xaf", 2),
    ("T03-4", b"\xf0\x80\x80\xaf", 2),
    ("T03-5", b"\xf8\x80\x80\x80\xaf", 1),
    ("T04", b"\xf4\x90\x80\x80", 2),
    ("T04-f5", b"ok\xf5\x80\x80\x80", 3),
]

SPLIT_POINTS = "aé€😀".encode()

TEXTS: list[Row] = [
    *((name, make_frame(TEXT, text), [1007]) for name, text, _ in INVALID_TEXTS),
    *((f"{name}-fragments", fragments(TEXT, *byte_by_byte(text[:8])), [1007])
      for name, text, at in INVALID_TEXTS if at <= 8),
    *((f"T05-{size}", make_frame(TEXT, SPLIT_POINTS[:size]), [1007]) for size in (2, 4, 5, 7, 9)),
    ("T05-fragments", fragments(TEXT, "é".encode()[:1], b""), [1007]),
    ("T05-afresh", fragments(BINARY, b"\xe2", b"\x82") + make_frame(TEXT, b"\xac"),
     [b"\xe2\x82", 1007]),
    ("T06-fragment", make_frame(TEXT, b"\xc0", fin=False), [1007]),
    ("T06-frame", make_header(TEXT, 900, 2) + bytes(4) + b"ok\xed\xa0", [1007]),
    *((f"T07-{at}", fragments(TEXT, SPLIT_POINTS[:at], SPLIT_POINTS[at:]), ["aé€😀"])
      for at in range(len(SPLIT_POINTS) + 1)),
    ("T07-empty-between", fragments(TEXT, b"\xf0\x9f", b"", b"\x98", b"", b"\x80"), ["😀"]),
    ("T07-ping-between", make_frame(TEXT, b"\xe2\x82", fin=False) + make_frame(PING, b"\xe2")
     + make_frame(CONTINUATION, b"\xac"), [PingReceived(b"\xe2"), "€"]),
    ("T07-edges", make_frame(TEXT, "\x00\x7f\x80\u07ff\u0800\ud7ff\ue000\uffff\U0010ffff".encode()),
     ["\x00\x7f\x80\u07ff\u0800\ud7ff\ue000\uffff\U0010ffff"]),
]  # fmt: skip

ROWS = FRAMES + CLOSES + TEXTS
