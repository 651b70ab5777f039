"""What holds for any input, found out by hypothesis with the checks of the fuzzer's targets."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.client import BINARY, CLOSE, PING, TEXT, make_close, make_frame
from tests.fuzz import deflate, frames, head
from tests.fuzz.reference import Rules, is_answered, understand
from tests.http1.test_differential import mutated
from tests.http1.test_writer import read_back, write
from tests.http1.vectors import LIMITS
from tests.websocket.compressing import make_extension
from tests.websocket.vectors import MAX_FRAGMENTS, MAX_SIZE, ROWS
from tests.websocket.wire import Expected, cut, cuts, parse_server_frames, receive
from wsgate.http1.errors import ResponseError
from wsgate.http1.grammar import FIELD_VALUE, TOKEN
from wsgate.websocket.connection import Connection
from wsgate.websocket.deflate import PerMessageDeflate
from wsgate.websocket.events import CloseReceived, Event, PingReceived, PongReceived

SIZES = st.binary(min_size=3, max_size=3)


# The reference parser.


@pytest.mark.parametrize(
    ("stream", "events"), [pytest.param(stream, events, id=name) for name, stream, events in ROWS]
)
def test_the_reference_knows_the_rules(stream: bytes, events: Sequence[Expected]) -> None:
    limits = Rules(MAX_SIZE, MAX_FRAGMENTS)
    assert understand(stream, limits) == events
    frames.check(stream, limits, b"\x03")


@pytest.mark.parametrize(
    ("stream", "answered"),
    [
        (b"", False),
        (make_frame(TEXT, b"\xff") + make_frame(BINARY, bytes(5000)), False),
        (make_frame(TEXT, b"hello")[:-1], False),
        (make_close(1000)[:-1], False),
        (make_frame(PING) + make_close(1000), True),
        (make_frame(CLOSE, b"x"), True),
        (make_frame(7), True),
    ],
)
def test_the_reference_knows_the_end(stream: bytes, answered: bool) -> None:
    assert is_answered(stream, Rules(MAX_SIZE, MAX_FRAGMENTS)) is answered


# Any bytes from the peer, in any pieces: documented errors only, and the right ones.

rules = st.builds(
    Rules, st.sampled_from(frames.MAX_SIZES), st.sampled_from(frames.MAX_FRAGMENTS), st.booleans()
)
first_bytes = st.sampled_from([0x01, 0x02, 0x41, 0x42, 0x00, 0x80, 0x81, 0x82, 0x88, 0x89, 0x8A])
client_frames = st.builds(
    lambda first, payload: make_frame(first & 0x7F, payload, fin=first >= 0x80),
    first_bytes | st.integers(0, 255),
    st.binary(max_size=130) | st.text(max_size=30).map(str.encode),
)
mutations = st.tuples(st.floats(0, 1), st.integers(0, 3), st.binary(max_size=2))


@st.composite
def client_streams(draw: st.DrawFn) -> bytes:
    """Frames behind each other, with bytes put in, taken out and replaced."""
    stream = b"".join(draw(st.lists(client_frames, max_size=6)))
    for place, removed, added in draw(st.lists(mutations, max_size=2)):
        at = round(place * len(stream))
        stream = stream[:at] + added + stream[at + removed :]
    return stream


@settings(max_examples=300)
@given(client_streams(), rules, SIZES)
def test_any_frames(stream: bytes, limits: Rules, sizes: bytes) -> None:
    frames.check(stream, limits, sizes)


@given(st.binary(max_size=300))
def test_any_compressed_messages(data: bytes) -> None:
    deflate.TestOneInput(data)


@given(mutated(), st.booleans(), SIZES)
def test_any_requests(stream: bytes, eof: bool, sizes: bytes) -> None:
    """As tests/http1/test_differential.py, and what is served is sound and reads back."""
    head.check(stream, LIMITS, eof, sizes)


# What we write reads back.

messages = st.text(max_size=300) | st.binary(max_size=300) | st.just(bytes(70_000))
pings = st.binary(max_size=125).map(PingReceived) | st.binary(max_size=125).map(PongReceived)


def write_event(connection: Connection, event: Event) -> bytes:
    if isinstance(event, (str, bytes)):
        return connection.send_message(event)
    assert isinstance(event, (PingReceived, PongReceived))
    if isinstance(event, PingReceived):
        return connection.send_ping(event.payload)
    return connection.send_pong(event.payload)


@given(st.lists(messages | pings, max_size=8), st.booleans(), cuts(2000))
def test_frames_read_back(events: list[Event], compressed: bool, places: list[int]) -> None:
    """One connection hears what another says, its frames masked as a client's."""

    def extension() -> PerMessageDeflate | None:
        return make_extension(threshold=100) if compressed else None

    speaker, hearer = Connection(extension=extension()), Connection(extension=extension())
    said = b"".join(write_event(speaker, event) for event in events) + speaker.send_close(1000, "é")
    masked = b"".join(
        make_frame(opcode, payload, fin) for opcode, payload, fin in parse_server_frames(said)
    )
    assert receive(hearer, cut(masked, places)) == [*events, CloseReceived(1000, "é")]


names = st.sampled_from([b"x-a", b"Content-Type", b"connection", b"x y", b""]) | st.binary(
    max_size=3
)
values = st.sampled_from([b"", b"close", b"a b", b" a\t", b"a\r\nb: c"]) | st.binary(max_size=5)


@given(
    st.lists(st.tuples(names, values), max_size=4),
    st.lists(st.binary(max_size=20), min_size=1, max_size=4),
    st.sampled_from(["1.0", "1.1"]),
    st.booleans(),
)
def test_responses_read_back(
    fields: list[tuple[bytes, bytes]], pieces: list[bytes], version: str, sized: bool
) -> None:
    """A client finds the fields and the body, or nothing is written and the fields are at fault."""
    length = [(b"content-length", b"%d" % sum(map(len, pieces)))] if sized else []
    try:
        wire, _ = write([*fields, *length], *pieces, version=version)
    except ResponseError:
        assert not all(TOKEN.fullmatch(name) and FIELD_VALUE.fullmatch(v) for name, v in fields)
        return
    _, _, found, body = read_back(wire)
    assert body == b"".join(pieces)
    wanted = [(name.lower(), value.strip(b" \t")) for name, value in fields]
    ours = {b"connection", b"content-length", b"transfer-encoding"}
    assert [field for field in found if field[0] not in ours] == [
        field for field in wanted if field[0] not in ours
    ]
