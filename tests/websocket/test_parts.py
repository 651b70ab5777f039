"""What takes long is taken in parts, one a call; put together they are what came, in its order."""

from __future__ import annotations

import pytest

from tests.client import BINARY, CLOSE, CONTINUATION, PING, TEXT, make_close, make_frame
from tests.websocket.compressing import compressing, deflate
from tests.websocket.wire import RSV1, receive
from wsgate.websocket.connection import AT_ONCE, Connection, State
from wsgate.websocket.deflate import PIECE
from wsgate.websocket.events import CloseReceived, ConnectionFailed, PingReceived, Unfinished
from wsgate.websocket.messages import PIECES_AT_ONCE

MESSAGES = [str(number) for number in range(1000)]
FLOOD = b"".join(make_frame(TEXT, message.encode()) for message in MESSAGES)
FRAGMENTS = (
    make_frame(BINARY, b"x", fin=False)
    + make_frame(CONTINUATION, b"x", fin=False) * 998
    + make_frame(CONTINUATION, b"x")
)
PART = PIECE * PIECES_AT_ONCE
LARGE = bytes(3 * PART + 1)
PACKED = make_frame(BINARY | RSV1, deflate(LARGE))


def unpacking() -> Connection:
    return compressing(max_size=len(LARGE))


def test_R13_a_call_takes_so_many_frames_and_the_next_go_on() -> None:
    connection, given = Connection(), []
    events = connection.receive_data(FLOOD)
    while isinstance(events[-1], Unfinished):
        given += events[:-1]
        assert len(events) == AT_ONCE + 1
        events = connection.receive_data(b"")
    assert given + events == MESSAGES
    assert connection.receive_data(b"") == []


def test_R13_fragments_are_frames() -> None:
    connection = Connection()
    (event,) = connection.receive_data(FRAGMENTS)
    assert isinstance(event, Unfinished)
    assert receive(connection, [b""]) == [b"x" * 1000]


def test_R12_a_call_decodes_so_much_and_the_next_go_on() -> None:
    connection, calls = unpacking(), 1
    events = connection.receive_data(PACKED + make_frame(PING, b"behind"))
    while len(events) == 1 and isinstance(events[0], Unfinished):
        calls += 1
        events = connection.receive_data(b"")
    assert events == [LARGE, PingReceived(b"behind")]
    assert calls == 4
    assert connection.messages_received == 1
    assert connection.bytes_received == len(LARGE)


def test_R12_many_small_messages_are_decoded_in_parts_too() -> None:
    connection = unpacking()
    small = make_frame(BINARY | RSV1, deflate(bytes(PART // 4)))
    events = connection.receive_data(small * 10)
    assert [type(event) for event in events] == [bytes] * 3 + [Unfinished]
    assert receive(connection, [b""]) == [bytes(PART // 4)] * 7


def test_what_comes_in_between_is_taken_behind_it() -> None:
    connection = unpacking()
    assert len(connection.receive_data(PACKED)) == 1
    assert receive(connection, [make_frame(TEXT, b"later")]) == [LARGE, "later"]


def test_too_large_a_message_fails_in_the_part_that_shows_it() -> None:
    connection = compressing(max_size=2 * PART)
    events = receive(connection, [PACKED + FLOOD])
    assert [event.code for event in events if isinstance(event, ConnectionFailed)] == [1009]
    assert connection.receive_data(b"") == []


@pytest.mark.parametrize(
    "first",
    [pytest.param(FLOOD, id="frames"), pytest.param(PACKED, id="compressed")],
)
def test_a_close_behind_it_is_taken_in_its_turn(first: bytes) -> None:
    connection = unpacking()
    events = receive(connection, [first + make_close(4000, "bye") + FLOOD])
    assert events[-1] == CloseReceived(4000, "bye")
    assert events[:-1] in (MESSAGES, [LARGE])
    assert connection.state is State.PEER_CLOSED


@pytest.mark.parametrize(
    "first",
    [pytest.param(FLOOD, id="frames"), pytest.param(PACKED, id="compressed")],
)
def test_our_close_leaves_nothing_of_it(first: bytes) -> None:
    connection = unpacking()
    assert isinstance(connection.receive_data(first)[-1], Unfinished)
    connection.send_close(1000)
    assert receive(connection, [b"", make_close(1000)]) == []
    assert connection.state is State.CLOSED


def test_R13_behind_our_close_the_peers_is_looked_for_in_parts() -> None:
    connection = Connection()
    connection.send_close(1000)
    (event,) = connection.receive_data(FLOOD + make_frame(CLOSE))
    assert isinstance(event, Unfinished)
    assert receive(connection, [b""]) == []
    assert connection.state is State.CLOSED


@pytest.mark.parametrize(
    "first",
    [pytest.param(FLOOD, id="frames"), pytest.param(PACKED, id="compressed")],
)
def test_with_the_end_of_the_stream_it_is_dropped(first: bytes) -> None:
    connection = unpacking()
    assert isinstance(connection.receive_data(first)[-1], Unfinished)
    connection.receive_eof()
    assert connection.receive_data(b"") == []
