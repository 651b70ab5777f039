"""A client for tests that hides nothing: requests and frames as bytes over a real socket.

It shares no code with the server, so that a mistake there is not made here too.
"""

from __future__ import annotations

import base64
import hashlib
import os
import select
import socket
import struct
from collections.abc import Iterable
from types import TracebackType
from typing import NamedTuple

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA

Fields = Iterable[tuple[str, str]]


class Response(NamedTuple):
    """status: 101, 200 … headers: in order, names in lower case. body: without its framing."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    http_version: str = "1.1"

    def field(self, name: str) -> str | None:
        """The only value of a field, None where it is absent."""
        values = [value for key, value in self.headers if key == name]
        assert len(values) < 2, f"{name} is there {len(values)} times"
        return values[0] if values else None


class Frame(NamedTuple):
    """A frame of the server; it is never masked."""

    opcode: int
    payload: bytes
    fin: bool = True


def make_request(
    method: str = "GET",
    target: str = "/",
    headers: Fields = (),
    body: bytes = b"",
    http_version: str = "1.1",
) -> bytes:
    """A request with Host, and with Content-Length where it has a body and no other framing."""
    fields = [("Host", "test"), *headers]
    names = {name.lower() for name, _ in fields}
    if body and not names & {"content-length", "transfer-encoding"}:
        fields.append(("Content-Length", str(len(body))))
    lines = [f"{method} {target} HTTP/{http_version}", *(f"{name}: {v}" for name, v in fields)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def make_upgrade(target: str = "/", headers: Fields = (), key: str | None = None) -> bytes:
    """A request that opens a WebSocket."""
    key = key or base64.b64encode(os.urandom(16)).decode()
    opening = [
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", key),
        ("Sec-WebSocket-Version", "13"),
    ]
    return make_request("GET", target, [*opening, *headers])


def make_frame(
    opcode: int, payload: bytes = b"", fin: bool = True, mask: bytes = b"\x37\xfa\x21\x3d"
) -> bytes:
    """A frame of a client; an empty mask leaves it unmasked, which a client must not."""
    length, masked = len(payload), 0x80 if mask else 0
    if length < 126:
        size = bytes([masked | length])
    elif length < 1 << 16:
        size = struct.pack("!BH", masked | 126, length)
    else:
        size = struct.pack("!BQ", masked | 127, length)
    if mask:
        key = (mask * (length // 4 + 1))[:length]
        number = int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")
        payload = mask + number.to_bytes(length, "big")
    return bytes([0x80 * fin | opcode]) + size + payload


def make_close(code: int | None = None, reason: str = "") -> bytes:
    """A Close of a client."""
    return make_frame(CLOSE, b"" if code is None else struct.pack("!H", code) + reason.encode())


class Client:
    """Talk over a connected socket, which it owns; what is read is never lost between calls."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._read = bytearray()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.sock.close()

    # Bytes.

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def read(self, size: int) -> bytes:
        """Exactly so many bytes; fails at the end of the stream."""
        while len(self._read) < size:
            self._receive()
        taken = bytes(self._read[:size])
        del self._read[:size]
        return taken

    def read_until(self, end: bytes) -> bytes:
        """Up to and with `end`; fails at the end of the stream."""
        while end not in self._read:
            self._receive()
        return self.read(self._read.index(end) + len(end))

    def read_all(self) -> bytes:
        """What comes until the server ends its stream; fails where it resets it."""
        while data := self.sock.recv(65_536):
            self._read += data
        return self.read(len(self._read))

    def readable(self, timeout: float = 0) -> bool:
        """Whether something has come, or the end; waits so many seconds for it."""
        return bool(self._read or select.select([self.sock], [], [], timeout)[0])

    def finish(self) -> None:
        """Send FIN: nothing follows, but we still read."""
        self.sock.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Send RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def _receive(self) -> None:
        data = self.sock.recv(65_536)
        assert data, f"the stream ended behind {bytes(self._read)!r}"
        self._read += data

    # HTTP.

    def request(
        self,
        method: str = "GET",
        target: str = "/",
        headers: Fields = (),
        body: bytes = b"",
        http_version: str = "1.1",
    ) -> Response:
        """Send a request and read its response."""
        self.send(make_request(method, target, headers, body, http_version))
        return self.read_response(method)

    def read_head(self) -> Response:
        """The head of a response, its body still unread."""
        head = self.read_until(b"\r\n\r\n").decode("latin-1")
        status_line, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
        version, status, _ = status_line.split(" ", 2)
        headers = [(name.lower(), value) for name, value in (line.split(": ", 1) for line in lines)]
        return Response(int(status), headers, b"", version.removeprefix("HTTP/"))

    def read_response(self, method: str = "GET") -> Response:
        """A whole response, as RFC 9112 section 6.3 frames it."""
        head = self.read_head()
        return head._replace(body=self._read_body(method, head))

    def _read_body(self, method: str, head: Response) -> bytes:
        if method == "HEAD" or head.status in {100, 101, 204, 304}:
            return b""
        if head.field("transfer-encoding") == "chunked":
            return b"".join(iter(self.read_chunk, b""))
        length = head.field("content-length")
        return self.read_all() if length is None else self.read(int(length))

    def read_chunk(self) -> bytes:
        """The data of a chunk; empty for the last one."""
        data = self.read(int(self.read_until(b"\r\n"), 16))
        assert self.read(2) == b"\r\n"
        return data

    # WebSocket.

    def open_websocket(
        self, target: str = "/", headers: Fields = (), behind: bytes = b""
    ) -> Response:
        """Open a WebSocket; fails where the answer is no correct 101.

        behind: frames that leave in one piece with the request.
        """
        key = base64.b64encode(os.urandom(16)).decode()
        self.send(make_upgrade(target, headers, key) + behind)
        response = self.read_head()
        guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1((key + guid).encode()).digest()).decode()
        assert (response.status, response.field("sec-websocket-accept")) == (101, accept)
        return response

    def refused_websocket(self, target: str = "/", headers: Fields = ()) -> Response:
        """Ask for a WebSocket and read the whole answer, which is no 101."""
        self.send(make_upgrade(target, headers))
        response = self.read_response()
        assert response.status != 101
        return response

    def send_frame(self, opcode: int, payload: bytes = b"", fin: bool = True) -> None:
        self.send(make_frame(opcode, payload, fin))

    def send_text(self, text: str) -> None:
        self.send_frame(TEXT, text.encode())

    def send_close(self, code: int | None = None, reason: str = "") -> None:
        self.send(make_close(code, reason))

    def read_frame(self) -> Frame:
        """The next frame, of any kind."""
        first, second = self.read(2)
        assert not first & 0x70, "RSV bits are set"
        assert not second & 0x80, "a server must not mask"
        length = second
        if length == 126:
            (length,) = struct.unpack("!H", self.read(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", self.read(8))
        return Frame(first & 0x0F, self.read(length), bool(first & 0x80))

    def read_text(self) -> str:
        """The next frame, which is a whole text message."""
        frame = self.read_frame()
        assert (frame.opcode, frame.fin) == (TEXT, True), frame
        return frame.payload.decode()

    def read_close(self) -> tuple[int | None, str]:
        """The next frame, which is a Close: its code, None where it has none, and its reason."""
        frame = self.read_frame()
        assert frame.opcode == CLOSE, frame
        if not frame.payload:
            return None, ""
        return int.from_bytes(frame.payload[:2], "big"), frame.payload[2:].decode()
