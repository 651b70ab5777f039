"""Write the seeds of the corpus, from the vectors of the other tests: python -m tests.fuzz.seeds

What else stands in a folder of the corpus, such as an earlier finding, is left there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

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
    "D13-cut": [HELLO[:-2], HELLO],
    "D13-no-block": [b"\x07"],
    # The tail, and what is put behind it to find that out, are taken for the rest of the block.
    "D13-tail-ends-the-stream": [HELLO_FINAL[:-2], HELLO],
    "D13-tail-is-data": [b"\x01\x06\x00\xf9\xff", HELLO],
    "D14-bomb": [deflate(bytes(100_000))],
    "D16-takeover": [HELLO, HELLO_AGAIN, HELLO_AGAIN],
    "D16-before-the-first": [HELLO_AGAIN],
    "D18-empty-blocks": [EMPTY_BLOCK * 40 + b"\x00"],
    "D18-empty-streams": [b"\x03\x00" * 100 + b"\x00"],
    "D20-empty": [b"\x00", b"", b"\x00"],
}


def head_seeds() -> Iterator[tuple[str, bytes]]:
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
    for bits in (3, 6):  # 12 and 15
        for name, payloads in MESSAGES.items():
            messages = b"".join(bytes([len(each)]) + each for each in payloads)
            yield f"{name}-{bits + 9}", bytes([ANY_BYTES, bits, 0]) + SIZES + size + messages
    parts = b"\x02\x05hello\x03\x01\x06 world\x3f\x00\x00" + b"\x01\x05hello\x0a\x02"
    for level in (0, 1, 9):
        for strategy in (0, 2, 4):
            decisions = bytes([OF_ZLIB, 3, 0]) + SIZES + bytes([level, strategy, 7, 0])
            yield f"of-zlib-{level}-{strategy}", decisions + parts
    for length in (128, 130):  # 64 times: inflating stops at the end of a piece, or just behind it
        message = b"\x01" + bytes([length]) + bytes(length) + b"\x3f\x00"
        decisions = bytes([OF_ZLIB, 3, 0]) + SIZES + bytes([9, 0, 7, 0])
        yield f"of-zlib-{64 * length}", decisions + message
    yield "of-zlib-final", bytes([OF_ZLIB, 3, 0]) + SIZES + bytes([6, 0, 7, 1]) + parts
    for bits in (0, 6):  # 9 and 15
        for level in (0, 1, 9):
            decisions = bytes([OF_OURS, bits, 0]) + SIZES + bytes([level, 4, 0])
            yield f"of-ours-{bits + 9}-{level}", decisions + b"\x05hello\x3f\x00\x05hello\x02\x01"


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
