"""The state machine: each transition, what leaves in each state, and any order of calls."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.client import BINARY, CLOSE, CONTINUATION, PING, TEXT, Frame, make_close, make_frame
from tests.websocket.memory import memory_taken
from tests.websocket.vectors import ROWS, small
from tests.websocket.wire import (
    KEY,
    byte_by_byte,
    expected,
    make_header,
    parse_server_frames,
    receive,
)
from wsgate.websocket.connection import SENDABLE, TRANSITIONS, Connection, State, Step
from wsgate.websocket.errors import PolicyViolation
from wsgate.websocket.events import ConnectionFailed, Event, PingReceived, PongReceived

INVALID = make_frame(7, b"hi")
HELLO = make_frame(TEXT, b"hello")

ACTIONS: dict[Step, Callable[[Connection], object]] = {
    Step.CLOSE_RECEIVED: lambda connection: connection.receive_data(make_close(1000)),
    Step.VIOLATION: lambda connection: connection.receive_data(INVALID),
    Step.CLOSE_SENT: lambda connection: connection.send_close(1000),
    Step.LOST: lambda connection: connection.receive_eof(),
}
WAYS: dict[State, list[Step]] = {
    State.OPEN: [],
    State.PEER_CLOSED: [Step.CLOSE_RECEIVED],
    State.FAILING: [Step.VIOLATION],
    State.CLOSING: [Step.CLOSE_SENT],
    State.CLOSED: [Step.CLOSE_SENT, Step.CLOSE_RECEIVED],
}
MAY_SEND = (State.OPEN, State.PEER_CLOSED, State.FAILING)


def in_state(state: State) -> Connection:
    connection = Connection()
    for step in WAYS[state]:
        ACTIONS[step](connection)
    assert connection.state is state
    return connection


def is_closed(connection: Connection) -> bool:
    return connection.state is State.CLOSED


every_state = pytest.mark.parametrize(
    "state", [pytest.param(state, id=state.name) for state in State]
)


@every_state
@pytest.mark.parametrize("step", [pytest.param(step, id=step.name) for step in Step])
def test_a_step_does_what_the_table_says_or_nothing(state: State, step: Step) -> None:
    connection = in_state(state)
    ACTIONS[step](connection)
    assert connection.state is TRANSITIONS.get((state, step), state)


def test_every_state_is_left_for_closed_by_a_loss() -> None:
    assert {state for state, step in TRANSITIONS if step is Step.LOST} == set(State)
    assert {TRANSITIONS[state, Step.LOST] for state in State} == {State.CLOSED}


@every_state
def test_messages_leave_until_our_close(state: State) -> None:
    connection = in_state(state)
    if state in MAY_SEND:
        sent = connection.send_message("é") + connection.send_message(b"b")
        assert list(parse_server_frames(sent)) == [Frame(TEXT, b"\xc3\xa9"), Frame(BINARY, b"b")]
        assert (connection.messages_sent, connection.bytes_sent) == (2, 3)
    else:
        with pytest.raises(ConnectionError, match="nothing may be sent after a Close"):
            connection.send_message("late")
        with pytest.raises(ConnectionError, match="nothing may be sent after a Close"):
            connection.send_message(b"late")
        with pytest.raises(ConnectionError, match="nothing may be sent after a Close"):
            connection.send_long(bytes(70_000))
        assert (connection.messages_sent, connection.bytes_sent) == (0, 0)


@every_state
def test_F25_pings_leave_while_open_and_pongs_until_our_close(state: State) -> None:
    connection = in_state(state)
    assert bool(connection.send_pong(b"?")) is (state in SENDABLE)
    assert bool(connection.send_ping()) is (state is State.OPEN)


@pytest.mark.parametrize("size", [126, 1000])
def test_a_ping_or_pong_of_ours_is_at_most_125_bytes(size: int) -> None:
    with pytest.raises(ValueError, match="at most 125 bytes"):
        Connection().send_ping(bytes(size))
    with pytest.raises(ValueError, match="at most 125 bytes"):
        Connection().send_pong(bytes(size))


@every_state
def test_C16_a_close_leaves_once(state: State) -> None:
    connection = in_state(state)
    assert bool(connection.send_close(1000, "why")) is (state in MAY_SEND)
    assert connection.send_close(1000, "why") == b""
    assert connection.send_close(None) == b""


@every_state
def test_events_come_while_open(state: State) -> None:
    events = in_state(state).receive_data(HELLO + make_frame(PING))
    assert events == (["hello", PingReceived(b"")] if state is State.OPEN else [])


def test_T09_a_lone_surrogate() -> None:
    connection = Connection()
    with pytest.raises(UnicodeEncodeError):
        connection.send_message("ok\ud800")
    assert (connection.messages_sent, connection.bytes_sent) == (0, 0)
    assert connection.send_message("ok")


def test_C11_crossing_closes() -> None:
    connection = Connection()
    (close,) = parse_server_frames(connection.send_close(1001))
    assert close == Frame(CLOSE, b"\x03\xe9")
    assert connection.receive_data(make_close(1000)) == []
    assert connection.state is State.CLOSED
    assert connection.send_close(1000) == b""


@pytest.mark.parametrize("first", ["peer", "us"])
def test_C10_both_closes_end_it(first: str) -> None:
    connection = Connection()
    steps = [Step.CLOSE_RECEIVED, Step.CLOSE_SENT]
    for step in steps if first == "peer" else reversed(steps):
        assert connection.state is not State.CLOSED
        ACTIONS[step](connection)
    assert connection.state is State.CLOSED


def test_C12_an_answer_that_does_not_come() -> None:
    connection = in_state(State.CLOSING)
    assert connection.receive_data(HELLO * 100) == []
    assert not is_closed(connection)
    connection.receive_eof()
    assert is_closed(connection)


@pytest.mark.parametrize("unfinished", [b"", HELLO[:-1], make_frame(TEXT, b"x", fin=False)])
def test_C13_lost_without_a_close(unfinished: bytes) -> None:
    connection = Connection()
    assert connection.receive_data(unfinished) == []
    connection.receive_eof()
    assert connection.state is State.CLOSED
    assert connection.send_close(1000) == b""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(b"", HELLO + make_frame(PING) + make_frame(BINARY, bytes(900)), id="whole"),
        pytest.param(HELLO[:7], HELLO[7:], id="rest-of-a-frame"),
        pytest.param(
            make_frame(TEXT, bytes(900), fin=False),
            make_frame(CONTINUATION, bytes(100)) + make_frame(BINARY, bytes(900)),
            id="rest-of-a-message",
        ),
        pytest.param(b"", make_frame(BINARY, bytes(5000)), id="over-the-limit"),
        pytest.param(b"", make_frame(TEXT, b"\xff"), id="no-utf8"),
    ],
)
def test_what_comes_after_our_close_is_discarded_and_not_counted(
    before: bytes, after: bytes
) -> None:
    """The peer may not have seen our Close: its answer counts, wherever it comes."""
    for pieces in ([after + make_close(1000)], byte_by_byte(after + make_close(1000))):
        connection = small()
        assert connection.receive_data(before) == []
        connection.send_close(1000)
        assert receive(connection, pieces[:-1]) == []
        assert not is_closed(connection)
        assert connection.receive_data(pieces[-1]) == []
        assert is_closed(connection)
        assert (connection.messages_received, connection.bytes_received) == (0, 0)


@pytest.mark.parametrize("step", [pytest.param(step, id=step.name) for step in Step])
def test_a_message_in_the_making_is_let_go(step: Step) -> None:
    """The end may take the close timeout, and many connections may come to it at once."""
    size = 1_000_000
    begun = make_frame(BINARY, bytes(size), fin=False)

    def end() -> Connection:
        connection = Connection()
        receive(connection, (begun[at : at + 50_000] for at in range(0, len(begun), 50_000)))
        ACTIONS[step](connection)
        return connection

    held, peak = memory_taken(end)
    assert held < size // 5 < size < peak


@pytest.mark.parametrize(
    "invalid", [INVALID, make_header(TEXT, 2**63, 8), make_frame(PING, bytes(126))]
)
def test_a_violation_after_our_close_ends_it(invalid: bytes) -> None:
    connection = in_state(State.CLOSING)
    assert connection.receive_data(HELLO + invalid + make_close(1000)) == []
    assert connection.state is State.CLOSED


@pytest.mark.parametrize("behind", [make_close(1000), INVALID, HELLO])
def test_F27_bytes_behind_the_answer_to_our_close(behind: bytes) -> None:
    connection = in_state(State.CLOSING)
    assert connection.receive_data(make_close(1000) + behind) == []
    assert connection.state is State.CLOSED


def test_a_limit_of_the_caller_fails_the_connection() -> None:
    connection = Connection()
    failed = connection.fail(PolicyViolation("too many pings"))
    assert failed == ConnectionFailed(1008, "too many pings")
    assert connection.state is State.FAILING
    assert connection.receive_data(HELLO) == []


NOT_LAST = (str, bytes, PingReceived, PongReceived)
Call = tuple[str, bytes]
STREAMS = (
    st.sampled_from([stream for _, stream, _ in ROWS if len(stream) < 300])
    | st.sampled_from([HELLO, HELLO[:9], HELLO[9:], INVALID, make_close(), make_frame(PING), KEY])
    | st.binary(max_size=40)
)
CALLS = st.tuples(
    st.sampled_from(["receive", "receive", "text", "bytes", "ping", "pong", "close", "eof"]),
    STREAMS,
)
SENDERS: dict[str, Callable[[Connection, bytes], bytes]] = {
    "text": lambda connection, payload: connection.send_message(payload.decode("latin-1")),
    "bytes": lambda connection, payload: connection.send_message(payload),
    "ping": lambda connection, payload: connection.send_ping(payload[:125]),
    "pong": lambda connection, payload: connection.send_pong(payload[:125]),
    "close": lambda connection, payload: connection.send_close(
        1000, payload[:60].decode("latin-1")
    ),
}


@given(st.lists(CALLS, max_size=20))
def test_any_calls_in_any_order(calls: list[Call]) -> None:
    """Nothing undocumented is raised, no event follows the last, and nothing our Close."""
    connection = small()
    events, sent = list[Event](), b""
    for call, argument in calls:
        state = connection.state
        if call == "receive":
            events += connection.receive_data(argument)
        elif call == "eof":
            connection.receive_eof()
        elif call in ("text", "bytes") and state not in MAY_SEND:
            with pytest.raises(ConnectionError):
                SENDERS[call](connection, argument)
        else:
            sent += SENDERS[call](connection, argument)
        allowed = {after for (before, _), after in TRANSITIONS.items() if before is state}
        assert connection.state in allowed | {state}
    assert all(type(event) in NOT_LAST for event in events[:-1])
    assert all(frame.opcode != CLOSE for frame in list(parse_server_frames(sent))[:-1])


def test_a_failure_comes_after_what_was_complete_before_it() -> None:
    connection = Connection()
    events = connection.receive_data(HELLO + make_frame(PING, b"p") + INVALID + HELLO)
    assert expected(events) == ["hello", PingReceived(b"p"), 1002]
