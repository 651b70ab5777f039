"""Write the seeds of the corpus, from the vectors of the other tests: python -m tests.fuzz.seeds

What else stands in a folder of the corpus, such as an earlier finding, is left there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from conformance.http.vector import head, post
from conformance.http.vectors import VECTORS
from tests.fuzz.deflate import MAX_SIZES
from tests.websocket.compressing import (
    EMPTY_BLOCK,
    HELLO,
    HELLO_AGAIN,
    HELLO_FINAL,
    HELLO_IN_TWO,
    HELLO_STORED,
    deflate,
    noise,
)
from tests.websocket.vectors import ROWS

CORPUS = Path(__file__).parent / "corpus"

LONGEST = 700
SIZES = b"\x07\x01\x28"

ANY_BYTES, OF_ZLIB, OF_OURS = range(3)

MESSAGES: dict[str, list[bytes]] = {
    "D11-fixed": [HELLO, HELLO],
    "D11-stored": [HELLO_STORED],
    "D11-dynamic": [deflate(b"".join(b"%d " % (number * number) for number in range(60)))],
    "D11-two-blocks": [HELLO_IN_TWO],
    "D12-final": [HELLO_FINAL, HELLO],
    "D12-inside": [HELLO_FINAL[:-1] + HELLO],
    "D12-the-tail": [HELLO_STORED[:-1] + b"\x01", HELLO],
    "D13-cut": [HELLO[:-2], HELLO],
    "D13-no-block": [b"\x07"],
    # The tail, and what is put behind it to find that out, are taken for the rest of the block.
    "D13-tail-ends-the-stream": [HELLO_FINAL[:-2], HELLO],
    "D13-tail-is-data": [b"\x01\x06\x00\xf9\xff", HELLO],
    "D13-tail-fills-a-block": [b"\x00\x05\x00\xfa\xffH", HELLO],
    "D14-bomb": [deflate(bytes(100_000))],
    "D16-takeover": [HELLO, HELLO_AGAIN, HELLO_AGAIN],
    "D16-before-the-first": [HELLO_AGAIN],
    "D18-empty-blocks": [EMPTY_BLOCK * 40 + b"\x00"],
    "D18-empty-streams": [b"\x03\x00" * 100 + b"\x00"],
    "D20-empty": [b"\x00", b"", b"\x00"],
}


AGREEMENTS = {"9": (0, 0), "15-no-takeover": (6, 1)}
"""Decisions on the window and on takeover."""

SAID = [b"\x3c" + noise(60) + b"\x00\x00", b"\x10" + bytes(16) + b"\x3f\x00"] * 2 + [
    b"\x02hi\x00\x01"
]
"""What refers to more than 1024 bytes before, and a message of a fresh compressor."""

SERVED = {
    "proxied": b"GET /a%20b?c=d?e HTTP/1.1\r\nHost: a:80\r\nX-Forwarded-For: 203.0.113.7\r\n"
    b"x-forwarded-for: ::1\r\nX-Own: \t a \xff \t\r\nX-Empty:\r\n\r\n",
    "absolute-form": b"GET http://[::1]:80?a HTTP/1.1\r\nHost: a\r\n\r\n",
    "chunked": post(b"Transfer-Encoding: Chunked", b"Expect: 100-continue")
    + b'5;a="b"\r\nhello\r\n0\r\nX: y\r\n\r\n'
    + head(),
    "pipelined": post(b"Content-Length: 2") + b"ab\r\n" + head(b"Connection: close") + head(),
    "1.0": b"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\nHEAD / HTTP/1.0\r\n\r\n",
    "upgrade": head(b"Connection: keep-alive, Upgrade", b"Upgrade: WebSocket") + b"\x81\x80abcd",
    "control-character": head(b"X: a\x01b"),
}


def head_seeds() -> Iterator[tuple[str, bytes]]:
    for name, stream in SERVED.items():
        yield name, bytes([0, 1]) + SIZES + stream
    for vector in VECTORS:
        if len(vector.stream) <= LONGEST:
            yield vector.id, bytes([0, 1]) + SIZES + vector.stream


def frames_seeds() -> Iterator[tuple[str, bytes]]:
    """The vectors, with their own limits; one of a few built frames, and one for an extension."""
    for name, stream, _ in ROWS:
        if len(stream) <= LONGEST:
            yield name, bytes(3) + SIZES + stream
    built = b"\x01\x03abc\x89\x02hi\x00\x00\x80\x01d\x82\x00\x88\x02\x03\xe8"
    yield "built", b"\x00\x00\x01" + SIZES + built
    yield "encoded", b"\x00\x00\x03" + SIZES + b"\x41" + built[1:]
    yield "refused", b"\x02\x00\x03" + SIZES + b"\xc1\x06abc\xffde"
    yield "text-before-limit", b"\x02\x00\x03" + SIZES + b"\xc1\x09abc\xfedefgh"
    yield "limit-before-text", b"\x02\x00\x03" + SIZES + b"\xc1\x09abcdefgh\xfe"


def deflate_seeds() -> Iterator[tuple[str, bytes]]:
    size = bytes([MAX_SIZES.index(100)])
    for agreement in AGREEMENTS:
        for name, payloads in MESSAGES.items():
            messages = b"".join(bytes([len(each)]) + each for each in payloads)
            start = bytes([ANY_BYTES, *AGREEMENTS[agreement]]) + SIZES + size
            yield f"{name}-{agreement}", start + messages
        for level in (0, 1, 9):
            start = bytes([OF_OURS, *AGREEMENTS[agreement]]) + SIZES + bytes([level, 4, 0])
            yield f"of-ours-{level}-{agreement}", start + b"".join(SAID)
    of_zlib = bytes([OF_ZLIB, 3, 0]) + SIZES
    parts = b"\x02\x05hello\x03\x01\x06 world\x3f\x00\x00" + b"\x01\x05hello\x0a\x02"
    for level in (0, 1, 9):
        for strategy in (0, 2, 4):
            yield f"of-zlib-{level}-{strategy}", of_zlib + bytes([level, strategy, 7, 0]) + parts
    yield "of-zlib-final", of_zlib + bytes([6, 0, 7, 1]) + parts
    for length in (128, 129):  # 64 times: inflating stops at the end of a piece, or in its last run
        message = b"\x01" + bytes([length]) + bytes(length) + b"\x3f\x00"
        yield f"of-zlib-{64 * length}", of_zlib + bytes([9, 0, 7, 0]) + message


def write(target: str, seeds: Iterable[tuple[str, bytes]]) -> None:
    """Write the first seed of each rule; what stands before the first dash is the rule."""
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    rules = set[str]()
    for name, seed in seeds:
        rule = name.partition("-")[0] if name[1:3].isdigit() and target != "deflate" else name
        if rule not in rules:
            rules.add(rule)
            (folder / name).write_bytes(seed)


if __name__ == "__main__":
    write("head", head_seeds())
    write("frames", frames_seeds())
    write("deflate", deflate_seeds())
