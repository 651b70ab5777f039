"""Compressed messages: the connection delivers what zlib makes of them, or refuses them.

Three forms: messages of any bytes, messages of zlib's own compressor, and messages of ours.

What a message stands for does not depend on the pieces in which it comes. Which fault of a broken
one is found first may: zlib gives nothing of a piece in which it finds an error, and lets a
reference beyond the window pass if the piece shows what is referred to.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import NamedTuple

from tests.client import BINARY, make_frame
from tests.fuzz.choices import Choices, ways
from tests.fuzz.inflation import AT_ONCE, Inflater
from tests.websocket.compressing import binary, flush
from tests.websocket.wire import RSV1, parse_server_frames, receive
from wsgate.websocket.connection import Connection
from wsgate.websocket.deflate import BUDGET, PIECE, STREAM_COST, PerMessageDeflate
from wsgate.websocket.deflate_negotiation import Agreement, DeflateSettings
from wsgate.websocket.events import ConnectionFailed, Event

MAX_SIZES = (2000, 0, 1, 100, 8192, 8193, 20_000)

TRIED = 3 * max(MAX_SIZES)
"""Bytes of a message that is not too long to be inflated one by one."""

STRATEGIES = (
    zlib.Z_DEFAULT_STRATEGY,
    zlib.Z_FILTERED,
    zlib.Z_HUFFMAN_ONLY,
    zlib.Z_RLE,
    zlib.Z_FIXED,
)
FLUSHES = (zlib.Z_NO_FLUSH, zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH, zlib.Z_PARTIAL_FLUSH)


class Watched(PerMessageDeflate):
    """Fails where more of a message is inflated than its limit, and a piece to find that out.

    Whatever is inflated stays in memory until the next piece is asked for, or the message is over.
    """

    limit = 0
    inflated = 0

    def decode(self, payload: bytes, final: bool) -> Iterator[bytes]:
        for piece in super().decode(payload, final):
            assert 0 < len(piece) <= PIECE
            assert self.inflated <= self.limit
            self.inflated += len(piece)
            yield piece
        if final:
            self.inflated = 0


def TestOneInput(data: bytes) -> None:
    """Six decisions (the form, the windows, takeover, three sizes of pieces), then its own."""
    choices = Choices(data)
    form = choices.pick((any_bytes, of_zlib, of_ours))
    bits, takeover = choices.pick(range(9, 16)), choices.pick((True, False))
    form(choices, bits, takeover, choices.take(3))


def any_bytes(choices: Choices, bits: int, takeover: bool, sizes: bytes) -> None:
    """Messages: a length, or 255 for all that is left, and the payload."""
    max_size, payloads = choices.pick(MAX_SIZES), list[bytes]()
    while choices:
        size = choices.number()
        payloads.append(choices.rest() if size == 255 else choices.take(size))
    verdicts = judge(payloads, max_size, bits, takeover)
    stream = b"".join(make_frame(RSV1 | BINARY, payload) for payload in payloads)
    for segments in ways(stream, sizes):
        check(receive(open_connection(bits, takeover, max_size), segments), verdicts)


class Verdict(NamedTuple):
    """What may come of a message: itself, unless it is None, or a failure with one of the codes."""

    message: bytes | None
    codes: frozenset[int]


def judge(payloads: list[bytes], max_size: int, bits: int, takeover: bool) -> list[Verdict]:
    """Judge each message, up to the first that must be refused."""
    inflater = Inflater(15, takeover, exact=False)
    exact = Inflater(bits, takeover, exact=True)
    obeyed, verdicts = True, list[Verdict]()
    for payload in payloads:
        message, size, streams = inflater.inflate(payload)
        codes = set[int]()
        if size > (max_size - AT_ONCE if message is None else max_size):
            codes.add(1009)
        if message is not None and bits < 15 and obeyed:
            obeyed = size <= TRIED and exact.inflate(payload).message is not None
        if len(payload) + STREAM_COST * (streams + 1) > BUDGET:
            codes.add(1009)
        if message is None or not obeyed:
            codes.add(1007)
        verdicts.append(Verdict(None if size > max_size else message, frozenset(codes)))
        if verdicts[-1].message is None:
            break
    return verdicts


def check(events: list[Event], verdicts: list[Verdict]) -> None:
    """Each event is as judged, and after a failure there is none."""
    for number, (message, codes) in enumerate(verdicts):
        event = events[number]
        if isinstance(event, ConnectionFailed):
            assert event.code in codes
            assert number == len(events) - 1
            return
        assert event == message
    assert len(events) == len(verdicts)


def of_zlib(choices: Choices, bits: int, takeover: bool, sizes: bytes) -> None:
    """Messages in parts: each a length, how often its bytes are repeated, how it is flushed."""
    level, strategy = choices.pick(range(10)), choices.pick(STRATEGIES)
    mem_level, ends = choices.pick(range(1, 10)), choices.pick((False, True))
    compressor, messages, fragments = None, list[bytes](), list[list[bytes]]()
    while choices:
        if compressor is None or not takeover:
            compressor = zlib.compressobj(level, zlib.DEFLATED, -bits, mem_level, strategy)
        message, encoded = b"", list[bytes]()
        for _ in range(choices.number() % 4):
            part = choices.take(choices.number()) * (1 + choices.number() % 64)
            message += part
            encoded.append(compressor.compress(part) + compressor.flush(choices.pick(FLUSHES)))
        if ends:
            encoded.append(compressor.flush(zlib.Z_FINISH) + b"\x00")
            compressor = None
        else:
            encoded.append(flush(compressor, b""))
        messages.append(message)
        fragments.append(encoded)
    stream = b"".join(binary(*encoded) for encoded in fragments)
    for segments in ways(stream, sizes):
        assert receive(open_connection(bits, takeover, 1_000_000), segments) == messages


def of_ours(choices: Choices, bits: int, takeover: bool, sizes: bytes) -> None:
    """Messages: a length, how often its bytes are repeated, whether the compressor is released."""
    settings = DeflateSettings(
        level=choices.pick(range(10)),
        mem_level=choices.pick(range(1, 10)),
        threshold=choices.pick((0, 1, 100, 256)),
    )
    extension = PerMessageDeflate(agree(bits, takeover), settings)
    connection, inflater = Connection(extension=extension), Inflater(bits, takeover, exact=True)
    while choices:
        message = choices.take(choices.number()) * (1 + choices.number() % 64)
        if choices.number() % 2:
            extension.release_compressor()
        (frame,) = parse_server_frames(connection.send_message(message))
        if len(message) < settings.threshold:
            assert frame == (BINARY, message, True)
        else:
            assert (frame.opcode, frame.fin) == (RSV1 | BINARY, True)
            assert inflater.inflate(frame.payload).message == message


def agree(bits: int, takeover: bool) -> Agreement:
    return Agreement(
        server_takeover=takeover,
        client_takeover=takeover,
        server_window_bits=bits,
        client_window_bits=bits,
    )


def open_connection(bits: int, takeover: bool, max_size: int) -> Connection:
    extension = Watched(agree(bits, takeover), DeflateSettings())
    extension.limit = max_size
    return Connection(max_size, extension=extension)
