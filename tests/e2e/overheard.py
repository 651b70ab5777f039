"""What went over the wire, read from its bytes: heads and frames of both sides of a websocket."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA


class Frame(NamedTuple):
    """compressed: RSV1. payload: without its mask, as many bytes as on the wire."""

    opcode: int
    fin: bool
    compressed: bool
    payload: bytes


class Side(NamedTuple):
    """What one side sent. start: the first line; fields: by names in lower case."""

    start: str
    fields: dict[str, str]
    frames: list[Frame]

    @property
    def data(self) -> list[Frame]:
        """The frames of messages, their fragments among them."""
        return [frame for frame in self.frames if frame.opcode < CLOSE]

    @property
    def compressed(self) -> list[bool]:
        """Of each message, whether it was: its first frame says so."""
        return [frame.compressed for frame in self.data if frame.opcode != CONTINUATION]

    @property
    def size(self) -> int:
        """Bytes of the messages on the wire."""
        return sum(len(frame.payload) for frame in self.data)

    @property
    def extensions(self) -> str | None:
        """The extensions that it offered, or agreed to."""
        return self.fields.get("sec-websocket-extensions")

    def payloads(self, opcode: int) -> list[bytes]:
        """What its frames of this kind carry."""
        return [frame.payload for frame in self.frames if frame.opcode == opcode]


class Overheard(NamedTuple):
    """A websocket, each direction."""

    client: Side
    server: Side

    @property
    def answered_pings(self) -> list[bytes]:
        """What the client's pongs carry that answer a ping of the server."""
        pings = self.server.payloads(PING)
        return [payload for payload in self.client.payloads(PONG) if payload in pings]


def parse(stream: bytes) -> Side:
    """Read a head, and the frames behind it as far as they are whole."""
    head, _, rest = stream.partition(b"\r\n\r\n")
    start, *lines = head.decode("latin-1").split("\r\n")
    pairs = [line.partition(":") for line in lines]
    fields = {name.lower(): value.strip() for name, _, value in pairs}
    return Side(start, fields, list(_frames(rest)) if "upgrade" in fields else [])


def _frames(data: bytes) -> Iterator[Frame]:
    position = 0
    while (sizes := _sizes(data, position)) is not None:
        key, length = sizes
        start = key + 4 * bool(data[position + 1] & 0x80)
        if len(data) < start + length:
            return
        payload = _unmask(data[start : start + length], data[key:start])
        first = data[position]
        yield Frame(first & 0x0F, bool(first & 0x80), bool(first & 0x40), payload)
        position = start + length


def _sizes(data: bytes, position: int) -> tuple[int, int] | None:
    """Where the mask of the frame at this position would be, and how long its payload is."""
    if len(data) < position + 2:
        return None
    length = data[position + 1] & 0x7F
    if length < 126:
        return position + 2, length
    size = 2 if length == 126 else 8
    end = position + 2 + size
    return (end, int.from_bytes(data[position + 2 : end], "big")) if len(data) >= end else None


def _unmask(payload: bytes, key: bytes) -> bytes:
    """The payload without its mask; an empty key leaves it as it is."""
    size = len(payload)
    pad = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(pad, "big")).to_bytes(size, "big")
