"""A client that agrees on compression, and messages whose compressing a test can hold up."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable
from typing import ClassVar, NamedTuple
from weakref import WeakValueDictionary

from tests.asgi.applications import Message, Receive
from tests.client import BINARY, PING, PONG, TEXT, Client
from tests.serving import TIMEOUT, Serving
from wsgate.asgi.compression import Compression
from wsgate.asgi.websocket_messages import OFF_LOOP
from wsgate.asgi.websocket_session import WebSocketSession
from wsgate.websocket.deflate import PerMessageDeflate

Encode = Callable[[PerMessageDeflate, bytes], bytes | None]

OFFER = "permessage-deflate; client_max_window_bits"
EXTENSIONS = "sec-websocket-extensions"
TAIL = b"\x00\x00\xff\xff"
FIN, RSV1 = 0x80, 0x40


class Data(NamedTuple):
    """A message of the server, inflated; encoded: the payload that was sent."""

    payload: bytes
    compressed: bool
    encoded: bytes


class CompressingClient(Client):
    """Offer compression, and inflate with one context."""

    def __init__(self, server: Serving, offer: str = OFFER) -> None:
        super().__init__(server.connect())
        self._inflater = zlib.decompressobj(wbits=-15)
        self.answer = self.open_websocket(headers=[(EXTENSIONS, offer)]).field(EXTENSIONS)

    def __enter__(self) -> CompressingClient:
        return self

    def read_data(self) -> Data:
        """The next frame but pings, which is a whole message."""
        first, length = self.read(2)
        while first == FIN | PING:
            self.read(length)
            first, length = self.read(2)
        assert first & ~RSV1 in {FIN | TEXT, FIN | BINARY}, "not a whole message"
        if length > 125:
            length = int.from_bytes(self.read(2 if length == 126 else 8), "big")
        encoded = self.read(length)
        if not first & RSV1:
            return Data(encoded, False, encoded)
        return Data(self._inflater.decompress(encoded + TAIL), True, encoded)

    def read_last(self) -> tuple[int | None, str]:
        """The Close, behind which nothing comes; it is answered."""
        code, reason = self.read_close()
        self.send_close(code)
        assert self.read_all() == b""
        return code, reason

    def answer_ping(self) -> None:
        """Wait for a ping and answer it."""
        frame = self.read_frame()
        assert frame.opcode == PING
        self.send_frame(PONG, frame.payload)


class Held(str):
    """A long text that is not compressed before `go` is set; see `wait_for_held`."""

    by_payload: ClassVar[WeakValueDictionary[bytes, Held]] = WeakValueDictionary()

    begun: threading.Event
    go: threading.Event

    def __new__(cls, mark: str = "held") -> Held:
        self = super().__new__(cls, mark.ljust(OFF_LOOP))
        self.begun, self.go = threading.Event(), threading.Event()
        cls.by_payload[self.encode()] = self
        return self


def wait_for_held(encode: Encode) -> Encode:
    """Wrap an encoder, which is called when it is certain that the message may be sent."""

    def wait(deflate: PerMessageDeflate, payload: bytes) -> bytes | None:
        held = Held.by_payload.get(payload)
        if held is not None:
            held.begun.set()
            assert held.go.wait(TIMEOUT)
        return encode(deflate, payload)

    return wait


def message(payload: str | bytes) -> Message:
    """What an application sends."""
    return {"type": "websocket.send", "text" if isinstance(payload, str) else "bytes": payload}


def session_of(receive: Receive) -> WebSocketSession:
    """The session behind the application's `receive`."""
    session = receive.__self__  # type: ignore[attr-defined]
    assert isinstance(session, WebSocketSession)
    return session


def compression_of(receive: Receive) -> Compression:
    """What the connections of the server share; to be asked before accept."""
    opening = session_of(receive)._opening
    assert opening is not None
    assert opening._negotiator is not None
    return opening._negotiator.compression


def settle(server: Serving) -> None:
    """Let the server act on all that has arrived: some turns of its loop."""
    for _ in range(4):
        server.call(lambda: None)
