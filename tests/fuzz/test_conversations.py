"""Any conversation with the clients of two other libraries, in any pieces: nobody mishears."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.fuzz.peers import Message, Peer, Websockets, Wsproto
from tests.websocket.compressing import OFFERS, noise
from tests.websocket.wire import receive
from wsgate.websocket.connection import Connection, State
from wsgate.websocket.deflate import PerMessageDeflate
from wsgate.websocket.deflate_negotiation import DeflateSettings
from wsgate.websocket.events import (
    CloseReceived,
    ConnectionFailed,
    Event,
    PingReceived,
    PongReceived,
)

LENGTHS = st.sampled_from([126, 9000, 70_000])
TEXTS = st.text(max_size=40) | LENGTHS.map("é€😀".__mul__)
BINARIES = st.binary(max_size=40) | LENGTHS.map(noise) | LENGTHS.map(bytes)
MESSAGES = TEXTS | BINARIES
FRAGMENTS = st.lists(TEXTS, min_size=1, max_size=4) | st.lists(BINARIES, min_size=1, max_size=4)
CONTROL = st.binary(max_size=125)
CODES = st.sampled_from([1000, 1001, 1002, 1003, 1007, 1011, 1013, 3000, 4999])
"""Not 1014, which `wsproto` takes for unregistered and refuses."""
REASONS = st.text(max_size=30)
SIZES = st.integers(1, 12) | st.integers(1, 20_000)


class Conversation(RuleBasedStateMachine):
    """What each side has said, what of it the other has heard, and the bytes between them."""

    def __init__(self, make_peer: Callable[..., Peer], compressed: bool) -> None:
        super().__init__()
        self.make_peer = make_peer
        self.compressed = compressed
        self.to_server = b""
        self.to_client = b""
        self.said_by_client = list[Event]()
        self.said_by_server = list[Event]()
        self.heard_by_server = list[Event]()
        self.heard_by_client = list[Event]()
        self.fragments = list[bytes]()
        self.in_fragments: Message = ""
        self.client_closed = False
        self.server_closed = False

    @initialize(
        offered=st.sampled_from(OFFERS), takeover=st.booleans(), threshold=st.sampled_from([0, 20])
    )
    def open(self, offered: dict[str, Any], takeover: bool, threshold: int) -> None:
        wanted = DeflateSettings(takeover=takeover, threshold=threshold)
        self.client = self.make_peer(offered if self.compressed else None, wanted)
        agreement = self.client.agreement
        assert (agreement is not None) == self.compressed
        self.server = Connection(
            extension=None if agreement is None else PerMessageDeflate(agreement, wanted)
        )

    # The client; between the fragments of a message it sends control frames only.

    @precondition(lambda self: not self.client_closed and not self.fragments)
    @rule(pieces=FRAGMENTS)
    def client_begins_a_message(self, pieces: list[Message]) -> None:
        self.fragments = self.client.message(pieces)
        self.in_fragments = type(pieces[0])().join(pieces)  # type: ignore[arg-type]
        self.client_continues()

    @precondition(lambda self: not self.client_closed and self.fragments)
    @rule()
    def client_continues(self) -> None:
        self.to_server += self.fragments.pop(0)
        if not self.fragments:
            self.said_by_client.append(self.in_fragments)

    @precondition(lambda self: not self.client_closed)
    @rule(payload=CONTROL)
    def client_pings(self, payload: bytes) -> None:
        self.to_server += self.client.ping(payload)
        self.said_by_client.append(PingReceived(payload))

    @precondition(lambda self: not self.client_closed)
    @rule(payload=CONTROL)
    def client_pongs(self, payload: bytes) -> None:
        self.to_server += self.client.pong(payload)
        self.said_by_client.append(PongReceived(payload))

    @precondition(lambda self: not self.client_closed)
    @rule(code=CODES, reason=REASONS)
    def client_closes(self, code: int, reason: str) -> None:
        self.to_server += self.client.close(code, reason)
        self.said_by_client.append(CloseReceived(code, reason))
        self.client_closed = True

    @rule(size=SIZES)
    def client_hears(self, size: int) -> None:
        data, self.to_client = self.to_client[:size], self.to_client[size:]
        if not data or self.client.closed:
            return
        events, answers = self.client.hear(data)
        self.heard_by_client += events
        self.to_server += answers
        for event in events:
            if isinstance(event, PingReceived) and not self.client_closed:
                self.said_by_client.append(PongReceived(event.payload))
            elif isinstance(event, CloseReceived) and not self.client_closed:
                self.said_by_client.append(event)
                self.client_closed = True

    # The server, which answers a ping at once and a Close when it likes.

    @precondition(lambda self: not self.server_closed)
    @rule(message=MESSAGES)
    def server_says(self, message: Message) -> None:
        self.to_client += self.server.send_message(message)
        self.said_by_server.append(message)

    @precondition(lambda self: not self.server_closed)
    @rule(payload=CONTROL)
    def server_pings(self, payload: bytes) -> None:
        sent = self.server.send_ping(payload)
        assert bool(sent) == (self.server.state is State.OPEN)
        self.to_client += sent
        if sent:
            self.said_by_server.append(PingReceived(payload))

    @precondition(lambda self: not self.server_closed)
    @rule(code=CODES, reason=REASONS)
    def server_closes(self, code: int, reason: str) -> None:
        self.to_client += self.server.send_close(code, reason)
        self.said_by_server.append(CloseReceived(code, reason))
        self.server_closed = True

    @precondition(lambda self: self.server.state is State.PEER_CLOSED)
    @rule()
    def server_answers_the_close(self) -> None:
        close = self.heard_by_server[-1]
        assert isinstance(close, CloseReceived)
        self.server_closes(close.code, close.reason)

    @rule(size=SIZES)
    def server_hears(self, size: int) -> None:
        data, self.to_server = self.to_server[:size], self.to_server[size:]
        events = receive(self.server, [data])
        self.heard_by_server += events
        for event in events:
            assert not isinstance(event, ConnectionFailed)
            if isinstance(event, PingReceived):
                self.to_client += self.server.send_pong(event.payload)
                self.said_by_server.append(PongReceived(event.payload))

    # At the end all that is on its way arrives, and both are closed.

    def teardown(self) -> None:
        if not hasattr(self, "server"):
            return
        self.exchange()
        if not self.client_closed and not self.server_closed:
            while self.fragments:
                self.client_continues()
            self.server_hears(len(self.to_server))
            self.client_closes(1000, "the end")
        self.exchange()
        if not self.server_closed:
            self.server_answers_the_close()
        self.exchange()
        assert self.client.closed
        assert self.server.state is State.CLOSED
        self.compare()

    def exchange(self) -> None:
        while self.to_client or self.to_server:
            self.client_hears(len(self.to_client))
            self.server_hears(len(self.to_server))

    def compare(self) -> None:
        """In order: the client hears all; the server all, or all until it sent its own Close."""
        assert self.heard_by_client == self.said_by_server
        heard, said = self.heard_by_server, self.said_by_client
        assert heard == said[: len(heard)]
        closed_first = not any(isinstance(event, CloseReceived) for event in heard)
        assert closed_first or heard == said
        assert self.server.messages_sent == count_messages(self.said_by_server)
        assert self.server.messages_received == count_messages(heard)


def count_messages(events: list[Event]) -> int:
    return sum(isinstance(event, (str, bytes)) for event in events)


@pytest.mark.once
@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "compressed"])
@pytest.mark.parametrize("make_peer", [Websockets, Wsproto])
def test_conversations(make_peer: Callable[..., Peer], compressed: bool) -> None:
    class Machine(Conversation):
        def __init__(self) -> None:
            super().__init__(make_peer, compressed)

    run_state_machine_as_test(Machine, settings=settings(max_examples=80, stateful_step_count=40))
