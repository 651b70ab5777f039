"""Conversations with the compressing client of another library, whatever was agreed."""

from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.extensions.permessage_deflate import PerMessageDeflate as Peer
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from tests.websocket.compressing import OFFERS, agree, noise
from tests.websocket.wire import cut, cuts, receive
from wsgate.websocket.connection import Connection
from wsgate.websocket.deflate import PerMessageDeflate
from wsgate.websocket.deflate_negotiation import DeflateSettings

Message = str | bytes

STORY: list[Message] = [
    "",
    '{"id": 1, "name": "wsgate"}',
    '{"id": 2, "name": "wsgate"}',
    b"",
    noise(3000),
    "é€😀" * 2000,
    noise(3000),
    bytes(70_000),
    "x",
]
"""What refers to what was before, near and far, and what cannot."""

PAYLOADS = st.text(max_size=300) | st.binary(max_size=300) | st.sampled_from(STORY)


def make_pair(
    offered: dict[str, object], settings: DeflateSettings
) -> tuple[Connection, ClientProtocol]:
    agreement, extension = agree(offered, settings)
    peer = ClientProtocol(parse_uri("ws://test/"), state=State.OPEN, max_size=None)
    peer.extensions = [extension]
    return Connection(extension=PerMessageDeflate(agreement, settings)), peer


def said_by(peer: ClientProtocol, message: Message, fragments: int = 1) -> bytes:
    """A message of the peer in at most so many frames."""
    send, data = (
        (peer.send_text, message.encode())
        if isinstance(message, str)
        else (peer.send_binary, message)
    )
    size = len(data) // fragments + 1
    first, *others = [data[at : at + size] for at in range(0, len(data), size)] or [b""]
    send(first, fin=not others)
    for left, other in zip(range(len(others) - 1, -1, -1), others, strict=True):
        peer.send_continuation(other, fin=not left)
    return b"".join(peer.data_to_send())


def heard_by(peer: ClientProtocol, stream: bytes) -> list[Message]:
    peer.receive_data(stream)
    return [message_of(event) for event in peer.events_received()]


def message_of(event: object) -> Message:
    assert isinstance(event, Frame)
    assert event.fin
    data = bytes(event.data)
    return data.decode() if event.opcode is Opcode.TEXT else data


@pytest.mark.parametrize("takeover", [True, False])
@pytest.mark.parametrize("bits", [9, 12, 15])
@pytest.mark.parametrize("threshold", [0, 100])
def test_every_agreement(takeover: bool, bits: int, threshold: int) -> None:
    wanted = DeflateSettings(
        server_window_bits=bits, client_window_bits=bits, threshold=threshold, takeover=takeover
    )
    for offered in OFFERS:
        connection, peer = make_pair(offered, wanted)
        for number, message in zip(count(1), STORY, strict=False):
            received = connection.receive_data(said_by(peer, message, number % 3 + 1))
            assert received == [message], offered
            assert heard_by(peer, connection.send_message(message)) == [message], offered


@given(
    st.sampled_from(OFFERS),
    st.lists(st.tuples(PAYLOADS, st.integers(1, 5)), max_size=6),
    cuts(2000),
    st.booleans(),
)
@settings(max_examples=60)
def test_any_messages_in_any_pieces(
    offered: dict[str, object],
    messages: list[tuple[Message, int]],
    places: list[int],
    takeover: bool,
) -> None:
    connection, peer = make_pair(offered, DeflateSettings(takeover=takeover, threshold=10))
    stream = b"".join(said_by(peer, message, fragments) for message, fragments in messages)
    said = [message for message, _ in messages]
    assert receive(connection, cut(stream, places)) == said
    answer = b"".join(connection.send_message(message) for message in said)
    assert heard_by(peer, answer) == said


@pytest.mark.parametrize("level", range(10))
@pytest.mark.parametrize("mem_level", [1, 5, 9])
def test_every_level(level: int, mem_level: int) -> None:
    settings = DeflateSettings(level=level, mem_level=mem_level, threshold=0)
    connection, peer = make_pair(OFFERS[0], settings)
    for message in STORY:
        assert heard_by(peer, connection.send_message(message)) == [message]


def test_the_peer_compresses() -> None:
    """The conversations above are no plain ones."""
    connection, peer = make_pair(OFFERS[0], DeflateSettings())
    assert isinstance(peer.extensions[0], Peer)
    assert len(said_by(peer, "x" * 10_000)) < 100
    assert len(connection.send_message("x" * 10_000)) < 100
