"""A small HTTP/2 client that opens WebSockets with the extended CONNECT of RFC 8441."""

from __future__ import annotations

import socket
from collections import defaultdict, deque
from typing import Any, NamedTuple

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import (
    DataReceived,
    Event,
    RemoteSettingsChanged,
    ResponseReceived,
    StreamEnded,
    StreamReset,
)
from h2.settings import SettingCodes
from wsproto.connection import Connection, ConnectionType
from wsproto.events import Event as Frame
from wsproto.events import Message
from wsproto.extensions import PerMessageDeflate

Fields = list[tuple[str, str]]


class Http2:
    """One connection with many streams; it owns its socket, which has agreed on h2."""

    def __init__(self, sock: socket.socket, authority: str) -> None:
        self._sock = sock
        self._authority = authority
        self._core = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
        self._core.initiate_connection()
        self._core.increment_flow_control_window(1 << 24)
        self._events: defaultdict[int, deque[Event]] = defaultdict(deque)
        self._flush()

    def __enter__(self) -> Http2:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the connection end, with all streams."""
        self._sock.close()

    def carries_websockets(self) -> bool:
        """Whether the first SETTINGS of the server permit an extended CONNECT (section 3)."""
        settings = self.next_event(0)
        assert isinstance(settings, RemoteSettingsChanged), settings
        changed = settings.changed_settings.get(SettingCodes.ENABLE_CONNECT_PROTOCOL)
        return changed is not None and changed.new_value == 1

    def request(self, pseudo: Fields, fields: Fields, *, end: bool) -> tuple[int, Fields]:
        """Send the head of a request; give its stream and the head of the response."""
        number = self._core.get_next_available_stream_id()
        authority = (":authority", self._authority)
        self._core.send_headers(number, [*pseudo, authority, *fields], end_stream=end)
        self._flush()
        answer = self.next_event(number)
        assert isinstance(answer, ResponseReceived), answer
        return number, [(str(name), str(value)) for name, value in answer.headers]

    def send(self, number: int, data: bytes) -> None:
        """Send data on a stream, as far as its window allows at once, and so on."""
        while data:
            window = self._core.local_flow_control_window(number)
            size = min(window, self._core.max_outbound_frame_size, len(data))
            if size:
                self._core.send_data(number, data[:size])
                data = data[size:]
                self._flush()
            else:
                self._receive()

    def end(self, number: int) -> None:
        """Send nothing more on a stream."""
        self._core.end_stream(number)
        self._flush()

    def read(self, number: int) -> bytes:
        """The next data of a stream; empty at its end."""
        event = self.next_event(number)
        if isinstance(event, StreamEnded):
            return b""
        assert isinstance(event, DataReceived), event
        return bytes(event.data)

    def next_event(self, number: int) -> Event:
        """The next event of a stream; 0 for the SETTINGS of the connection."""
        while not self._events[number]:
            self._receive()
        return self._events[number].popleft()

    def _receive(self) -> None:
        data = self._sock.recv(65_536)
        assert data, "the connection ended"
        for event in self._core.receive_data(data):
            if isinstance(event, RemoteSettingsChanged):
                self._events[0].append(event)
            elif isinstance(event, (ResponseReceived, DataReceived, StreamEnded, StreamReset)):
                self._events[event.stream_id].append(event)
            if isinstance(event, DataReceived):
                size = event.flow_controlled_length
                self._core.acknowledge_received_data(size, event.stream_id)
        self._flush()

    def _flush(self) -> None:
        self._sock.sendall(self._core.data_to_send())


class Answer(NamedTuple):
    """The head of a response to an extended CONNECT; its stream is open unless it was refused."""

    status: int
    fields: dict[str, str]
    stream: int


def ask(http2: Http2, path: str, fields: Fields) -> Answer:
    """Ask for a WebSocket (RFC 8441 section 5): no key, no Upgrade."""
    names = {":method": "CONNECT", ":protocol": "websocket", ":scheme": "https", ":path": path}
    version = ("sec-websocket-version", "13")
    stream, head = http2.request([*names.items()], [version, *fields], end=False)
    found = dict(head)
    return Answer(int(found[":status"]), found, stream)


class WebSocket:
    """A WebSocket on a stream, offering compression; wsproto makes and reads its frames."""

    def __init__(self, http2: Http2, path: str, fields: Fields | None = None) -> None:
        deflate = PerMessageDeflate()
        offer = ("sec-websocket-extensions", f"{deflate.name}; {deflate.offer()}")
        self.answer = ask(http2, path, [offer, *(fields or [])])
        assert self.answer.status == 200, self.answer
        deflate.finalize(self.answer.fields["sec-websocket-extensions"])
        self._http2 = http2
        self._core = Connection(ConnectionType.CLIENT, [deflate])
        self._events: deque[Frame] = deque()

    def send(self, event: Frame) -> None:
        """Send a message or a control frame, as wsproto names them."""
        self._http2.send(self.answer.stream, self._core.send(event))

    def next_event(self) -> Frame:
        """The next part of a message, or control frame."""
        while not self._events:
            data = self._http2.read(self.answer.stream)
            assert data, "the stream ended"
            self._core.receive_data(data)
            self._events += self._core.events()
        return self._events.popleft()

    def receive(self) -> str | bytes:
        """The next message, whole."""
        parts: list[Any] = []
        while True:
            event = self.next_event()
            assert isinstance(event, Message), event
            parts.append(event.data)
            if event.message_finished:
                whole: str | bytes = parts[0][:0].join(parts)
                return whole

    def end(self) -> None:
        """End our side of the stream, as FIN ends a connection."""
        self._http2.end(self.answer.stream)

    def at_end(self) -> bool:
        """Whether the server has ended the stream; waits for what comes next on it."""
        return self._http2.read(self.answer.stream) == b""
