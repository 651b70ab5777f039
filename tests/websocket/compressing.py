"""Compressed messages as a client makes them, and connections that take them."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterable
from itertools import product
from typing import Any

from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.extensions.permessage_deflate import PerMessageDeflate as Peer

from tests.client import BINARY, CONTINUATION, TEXT, make_frame
from tests.websocket.wire import RSV1
from wsgate.websocket.connection import Connection
from wsgate.websocket.deflate import PerMessageDeflate
from wsgate.websocket.deflate_negotiation import Agreement, DeflateSettings, negotiate
from wsgate.websocket.headers import parse_extensions

TAIL = b"\x00\x00\xff\xff"
EMPTY_BLOCK = b"\x00" + TAIL

HELLO = bytes.fromhex("f248cdc9c90700")
"""RFC 7692 section 7.2.3.1; the next ones are of the sections behind it."""
HELLO_AGAIN = bytes.fromhex("f200110000")
HELLO_STORED = bytes.fromhex("000500faff48656c6c6f00")
HELLO_FINAL = bytes.fromhex("f348cdc9c9070000")
HELLO_IN_TWO = bytes.fromhex("f248050000 00ffff cac9c90700")


def make_agreement(takeover: bool = True, bits: int = 12) -> Agreement:
    return Agreement(
        server_takeover=takeover,
        client_takeover=takeover,
        server_window_bits=bits,
        client_window_bits=bits,
    )


def make_extension(
    takeover: bool = True, bits: int = 12, threshold: int = 0, level: int = 1, mem_level: int = 5
) -> PerMessageDeflate:
    settings = DeflateSettings(threshold=threshold, level=level, mem_level=mem_level)
    return PerMessageDeflate(make_agreement(takeover, bits), settings)


def compressing(
    takeover: bool = True, bits: int = 12, max_size: int = 100_000, max_fragments: int = 1000
) -> Connection:
    return Connection(max_size, max_fragments, make_extension(takeover, bits))


def deflate(
    payload: bytes, level: int = 6, bits: int = 12, mem_level: int = 8, strategy: int = 0
) -> bytes:
    """One message of a compressor that sends no other."""
    compressor = zlib.compressobj(level, zlib.DEFLATED, -bits, mem_level, strategy)
    return flush(compressor, payload)


def deflate_all(payloads: Iterable[bytes], bits: int = 12) -> list[bytes]:
    """Messages of one compressor, each with the context of those before."""
    compressor = zlib.compressobj(wbits=-bits)
    return [flush(compressor, payload) for payload in payloads]


def flush(compressor: zlib._Compress, payload: bytes) -> bytes:
    encoded = compressor.compress(payload) + compressor.flush(zlib.Z_SYNC_FLUSH)
    assert encoded.endswith(TAIL)
    return encoded[:-4]


def finish(payload: bytes, level: int = 6) -> bytes:
    """A whole stream: its last block has BFINAL 1."""
    compressor = zlib.compressobj(level, wbits=-12)
    return compressor.compress(payload) + compressor.flush()


def text(*fragments: bytes) -> bytes:
    """A compressed text in so many frames."""
    return _frames(TEXT, fragments)


def binary(*fragments: bytes) -> bytes:
    return _frames(BINARY, fragments)


def _frames(opcode: int, fragments: tuple[bytes, ...]) -> bytes:
    opcodes = [RSV1 | opcode] + [CONTINUATION] * (len(fragments) - 1)
    last = len(fragments) - 1
    return b"".join(
        make_frame(opcode, fragment, fin=number == last)
        for number, (opcode, fragment) in enumerate(zip(opcodes, fragments, strict=True))
    )


def noise(size: int) -> bytes:
    """Bytes that cannot be compressed, always the same."""
    return random.Random(size).randbytes(size)


PARAMETERS = (
    "server_no_context_takeover",
    "client_no_context_takeover",
    "server_max_window_bits",
    "client_max_window_bits",
)
OFFERS: list[dict[str, Any]] = [
    dict(zip(PARAMETERS, values, strict=True))
    for values in product([False, True], [False, True], [None, 9, 12, 15], [None, True, 9, 15])
]
"""All the offers that the `websockets` library can make, but one window for several alike."""


def agree(offered: dict[str, Any], settings: DeflateSettings) -> tuple[Agreement, Peer]:
    """Let the `websockets` library offer, and give what each side takes the agreement to be."""
    factory = ClientPerMessageDeflateFactory(**offered)
    parameters = [
        name if value is None else f"{name}={value}" for name, value in factory.get_request_params()
    ]
    text = "; ".join([factory.name, *parameters])
    result = negotiate(parse_extensions([text.encode()]), settings)
    assert result is not None
    answer, agreement = result
    (accepted,) = parse_extensions([answer.encode()])
    return agreement, factory.process_response_params(list(accepted.parameters), [])
