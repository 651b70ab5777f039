"""A conversation with the client of another library, which reads and writes all frames itself."""

from hypothesis import given
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.frames import Close, Frame, Opcode
from websockets.protocol import State as PeerState
from websockets.uri import parse_uri

from tests.websocket.wire import cut, cuts, receive
from wsgate.websocket.connection import Connection, State
from wsgate.websocket.events import CloseReceived, Event, PingReceived, PongReceived

PAYLOADS = st.text(max_size=300) | st.binary(max_size=300) | st.just("é" * 40_000)
CONTROL = st.binary(max_size=125)
ITEMS = st.lists(
    st.tuples(st.just("message"), PAYLOADS)
    | st.tuples(st.just("ping"), CONTROL)
    | st.tuples(st.just("pong"), CONTROL),
    max_size=8,
)
CODES = st.sampled_from([1000, 1001, 1011, 3000, 4999])
REASONS = st.text(max_size=30)


def make_peer() -> ClientProtocol:
    return ClientProtocol(parse_uri("ws://test/"), state=PeerState.OPEN)


def said_by(peer: ClientProtocol) -> bytes:
    return b"".join(peer.data_to_send())


@given(ITEMS, CODES, REASONS, cuts(5000), st.booleans())
def test_what_the_peer_says(
    items: list[tuple[str, str | bytes]], code: int, reason: str, places: list[int], split: bool
) -> None:
    peer, events = make_peer(), list[Event]()
    for kind, payload in items:
        data = payload.encode() if isinstance(payload, str) else payload
        if kind == "ping":
            peer.send_ping(data)
            events.append(PingReceived(data))
        elif kind == "pong":
            peer.send_pong(data)
            events.append(PongReceived(data))
        else:
            send = peer.send_text if isinstance(payload, str) else peer.send_binary
            half = len(data) // 2 if split else len(data)
            send(data[:half], fin=not split)
            if split:
                peer.send_ping(b"between")
                events.append(PingReceived(b"between"))
                peer.send_continuation(data[half:], fin=True)
            events.append(payload)
    peer.send_close(code, reason)
    events.append(CloseReceived(code, reason))

    connection = Connection()
    assert receive(connection, cut(said_by(peer), places)) == events

    peer.receive_data(connection.send_close(code, reason))
    assert connection.state is State.CLOSED
    assert peer.close_rcvd == Close(code, reason)
    assert peer.close_rcvd_then_sent is False


@given(ITEMS, CODES, REASONS)
def test_what_the_peer_hears(items: list[tuple[str, str | bytes]], code: int, reason: str) -> None:
    peer, connection, frames = make_peer(), Connection(), list[Frame]()
    for kind, payload in items:
        data = payload.encode() if isinstance(payload, str) else payload
        if kind == "ping":
            peer.receive_data(connection.send_ping(data))
            frames.append(Frame(Opcode.PING, data))
        elif kind == "pong":
            peer.receive_data(connection.send_pong(data))
            frames.append(Frame(Opcode.PONG, data))
        else:
            peer.receive_data(connection.send_message(payload))
            opcode = Opcode.TEXT if isinstance(payload, str) else Opcode.BINARY
            frames.append(Frame(opcode, data))
    peer.receive_data(connection.send_close(code, reason))
    frames.append(Frame(Opcode.CLOSE, Close(code, reason).serialize()))
    assert peer.events_received() == frames

    assert receive(connection, peer.data_to_send()) == []
    assert connection.state is State.CLOSED
