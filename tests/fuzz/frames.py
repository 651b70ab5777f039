"""Bytes in pieces into the core of a WebSocket: the events are those of the reference parser."""

from __future__ import annotations

from collections.abc import Iterator

from tests.client import CLOSE, make_frame
from tests.fuzz.choices import Choices, ways
from tests.fuzz.reference import REFUSED, Rules, decode, is_answered, understand
from tests.websocket.wire import (
    Expected,
    expected,
    parse_server_frames,
    receive,
)
from wsgate.websocket.connection import Connection, State
from wsgate.websocket.errors import InvalidPayload
from wsgate.websocket.events import CloseReceived
from wsgate.websocket.frame_cache import ALONE

MAX_SIZES = (1000, 1, 10, 125, 126, 65_536)
MAX_FRAGMENTS = (8, 1, 2, 3, 1000)


class Encoding:
    """An extension whose every byte can be followed: no window, no table, no checksum."""

    @property
    def form(self) -> int:
        return ALONE

    def max_encoded(self, size: int) -> int:
        return size

    def decode(self, payload: bytes, final: bool) -> Iterator[bytes]:
        good, refused, _ = payload.partition(bytes([REFUSED]))
        yield decode(good)
        if refused:
            raise InvalidPayload("a byte that stands for nothing")

    def encode(self, payload: bytes) -> bytes | None:
        return None


def open_connection(rules: Rules) -> Connection:
    return Connection(rules.max_size, rules.max_fragments, Encoding() if rules.encoding else None)


def TestOneInput(data: bytes) -> None:
    """Six decisions (two limits, the form, three sizes of pieces), then the stream."""
    choices = Choices(data)
    max_size, max_fragments = choices.pick(MAX_SIZES), choices.pick(MAX_FRAGMENTS)
    form = choices.number()
    sizes = choices.take(3)
    stream = build(choices) if form & 1 else choices.rest()
    check(stream, Rules(max_size, max_fragments, bool(form & 2)), sizes)


def build(choices: Choices) -> bytes:
    """Frames whose lengths and masking are right: first byte, length, payload, and so on."""
    stream = b""
    while choices:
        first, payload = choices.number(), choices.take(choices.number())
        stream += make_frame(first & 0x7F, payload, fin=first >= 0x80)
    return stream


def check(stream: bytes, rules: Rules, sizes: bytes) -> None:
    wanted = understand(stream, rules)
    answered = State.CLOSED if is_answered(stream, rules) else State.CLOSING
    for segments in ways(stream, sizes):
        connection = open_connection(rules)
        assert expected(receive(connection, segments)) == wanted
        check_end(connection, wanted[-1] if wanted else "")
        assert receive(connection, segments) == []

        connection = open_connection(rules)
        connection.send_close(1000)
        assert receive(connection, segments) == []
        assert connection.state is answered


def check_end(connection: Connection, last: Expected) -> None:
    """End as the server does: with the code of the rule that was broken, or the peer's own."""
    if isinstance(last, int):
        assert connection.state is State.FAILING
        check_close(connection, last, "why")
    elif isinstance(last, CloseReceived):
        assert connection.state is State.PEER_CLOSED
        check_close(connection, last.code, last.reason)
    else:
        assert connection.state is State.OPEN
        connection.receive_eof()


def check_close(connection: Connection, code: int, reason: str) -> None:
    payload = b"" if code == 1005 else code.to_bytes(2, "big") + reason.encode()
    sent = connection.send_close(None if code == 1005 else code, reason)
    assert list(parse_server_frames(sent)) == [(CLOSE, payload, True)]
    assert connection.state is State.CLOSED
