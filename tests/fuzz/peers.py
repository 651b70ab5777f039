"""The clients of two other libraries behind one interface: they frame, mask and compress."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from websockets.client import ClientProtocol
from websockets.frames import Close, Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri
from wsproto import events
from wsproto.connection import CLIENT, Connection, ConnectionState
from wsproto.extensions import Extension, PerMessageDeflate

from tests.websocket.compressing import agree
from wsgate.websocket.deflate_negotiation import Agreement, DeflateSettings, negotiate
from wsgate.websocket.events import CloseReceived, Event, PingReceived, PongReceived
from wsgate.websocket.headers import parse_extensions

Message = str | bytes


class Peer(Protocol):
    """A client behind its opening handshake.

    agreement: on permessage-deflate, None without it. Each method of what it says gives the bytes.
    """

    agreement: Agreement | None

    def message(self, pieces: list[Message]) -> list[bytes]:
        """A message in so many fragments, all text or all binary."""

    def ping(self, payload: bytes) -> bytes:
        """A ping."""

    def pong(self, payload: bytes) -> bytes:
        """An unsolicited pong."""

    def close(self, code: int, reason: str) -> bytes:
        """A Close; nothing is said behind it."""

    def hear(self, data: bytes) -> tuple[list[Event], bytes]:
        """Take bytes of the server; what they are, and what is answered by itself."""

    @property
    def closed(self) -> bool:
        """Both Closes have been exchanged."""


class Websockets:
    """The client of `websockets`; it answers pings and the Close by itself."""

    def __init__(self, offered: dict[str, Any] | None, settings: DeflateSettings) -> None:
        self._protocol = ClientProtocol(parse_uri("ws://test/"), state=State.OPEN, max_size=None)
        self.agreement = None
        if offered is not None:
            self.agreement, extension = agree(offered, settings)
            self._protocol.extensions = [extension]

    def message(self, pieces: list[Message]) -> list[bytes]:
        said = []
        for number, piece in enumerate(pieces):
            fin = number == len(pieces) - 1
            data = piece.encode() if isinstance(piece, str) else piece
            if number:
                self._protocol.send_continuation(data, fin)
            elif isinstance(piece, str):
                self._protocol.send_text(data, fin)
            else:
                self._protocol.send_binary(data, fin)
            said.append(self._said())
        return said

    def ping(self, payload: bytes) -> bytes:
        self._protocol.send_ping(payload)
        return self._said()

    def pong(self, payload: bytes) -> bytes:
        self._protocol.send_pong(payload)
        return self._said()

    def close(self, code: int, reason: str) -> bytes:
        self._protocol.send_close(code, reason)
        return self._said()

    def hear(self, data: bytes) -> tuple[list[Event], bytes]:
        self._protocol.receive_data(data)
        assert self._protocol.parser_exc is None
        return [as_event(each) for each in self._protocol.events_received()], self._said()

    @property
    def closed(self) -> bool:
        return self._protocol.close_rcvd is not None and self._protocol.close_sent is not None

    def _said(self) -> bytes:
        return b"".join(self._protocol.data_to_send())


def as_event(frame: object) -> Event:
    assert isinstance(frame, Frame)
    assert frame.fin
    data = bytes(frame.data)
    if frame.opcode is Opcode.PING:
        return PingReceived(data)
    if frame.opcode is Opcode.PONG:
        return PongReceived(data)
    if frame.opcode is Opcode.CLOSE:
        close = Close.parse(data)
        return CloseReceived(close.code, close.reason)
    return data.decode() if frame.opcode is Opcode.TEXT else data


ANSWERED = {
    ConnectionState.OPEN: events.Ping,
    ConnectionState.REMOTE_CLOSING: events.CloseConnection,
}
"""What `wsproto` lets be answered, by the state behind it."""


class Wsproto:
    """The client of `wsproto`; pings and the Close are answered here, with what it proposes."""

    def __init__(self, offered: dict[str, Any] | None, settings: DeflateSettings) -> None:
        self.agreement = None
        extensions = list[Extension]()
        if offered is not None:
            # It always offers a window for the client, never without a value.
            extension = PerMessageDeflate(**offered | {"client_max_window_bits": None})
            offer = f"{extension.name}; {extension.offer()}"
            agreed = negotiate(parse_extensions([offer.encode()]), settings)
            assert agreed is not None
            answer, self.agreement = agreed
            extension.finalize(answer)
            extensions.append(extension)
        self._connection = Connection(CLIENT, extensions)
        self._message = list[Message]()

    def message(self, pieces: list[Message]) -> list[bytes]:
        last = len(pieces) - 1
        return [
            self._connection.send(
                events.TextMessage(piece, message_finished=number == last)
                if isinstance(piece, str)
                else events.BytesMessage(piece, message_finished=number == last)
            )
            for number, piece in enumerate(pieces)
        ]

    def ping(self, payload: bytes) -> bytes:
        return self._connection.send(events.Ping(payload))

    def pong(self, payload: bytes) -> bytes:
        return self._connection.send(events.Pong(payload))

    def close(self, code: int, reason: str) -> bytes:
        return self._connection.send(events.CloseConnection(code, reason))

    def hear(self, data: bytes) -> tuple[list[Event], bytes]:
        self._connection.receive_data(data)
        heard, answers = list[Event](), b""
        for event in self._connection.events():
            if isinstance(event, events.Message):
                heard += self._joined(event)
                continue
            heard.append(as_heard(event))
            if (
                isinstance(event, events.Ping) and self._connection.state is ConnectionState.OPEN
            ) or (isinstance(event, events.CloseConnection) and not self.closed):
                answers += self._connection.send(event.response())
        return heard, answers

    @property
    def closed(self) -> bool:
        return self._connection.state is ConnectionState.CLOSED

    def _joined(self, event: events.Message[Any]) -> Iterator[Message]:
        """The message that is complete with this piece of it."""
        self._message.append(event.data)
        if event.message_finished:
            yield type(event.data)().join(self._message)
            self._message.clear()


def as_heard(event: events.Event) -> Event:
    if isinstance(event, events.Ping):
        return PingReceived(bytes(event.payload))
    if isinstance(event, events.Pong):
        return PongReceived(bytes(event.payload))
    assert isinstance(event, events.CloseConnection)
    return CloseReceived(event.code, event.reason or "")
