"""Bytes of a client, cut in any way, and what a connection makes of them."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from hypothesis import strategies as st

from tests.client import Frame
from wsgate.websocket.connection import Connection
from wsgate.websocket.events import CloseReceived, ConnectionFailed, Event, Unfinished

RSV1, RSV2, RSV3 = 0x40, 0x20, 0x10
"""To be added to the opcode that `make_frame` takes."""

KEY = b"\x37\xfa\x21\x3d"

Expected = Event | int
"""An event, or the code with which the connection fails."""


def make_header(opcode: int, length: int, size: int) -> bytes:
    """A header of a final frame without its masking key; size: 2 or 8 bytes hold the length."""
    return struct.pack("!BBH" if size == 2 else "!BBQ", 0x80 | opcode, 0xFE + size // 8, length)


def byte_by_byte(stream: bytes) -> list[bytes]:
    return [stream[at : at + 1] for at in range(len(stream))]


def cut(stream: bytes, places: Iterable[int]) -> list[bytes]:
    """Cut a stream at places in it; those that lie behind its end do not count."""
    edges = sorted({0, len(stream), *(place for place in places if place < len(stream))})
    return [stream[start:end] for start, end in pairwise(edges)]


def cuts(size: int = 400) -> st.SearchStrategy[list[int]]:
    """Places to cut a stream at."""
    return st.lists(st.integers(0, size), max_size=12)


def receive(connection: Connection, segments: Iterable[bytes]) -> list[Event]:
    """All that comes of the segments, the parts of what is much put together again."""
    events: list[Event] = []
    for segment in segments:
        events += connection.receive_data(segment)
        while events and isinstance(events[-1], Unfinished):
            events.pop()
            events += connection.receive_data(b"")
    return events


def expected(events: Sequence[Event]) -> list[Expected]:
    """Put the code for each failure: the sentences are ours to choose."""
    return [event.code if isinstance(event, ConnectionFailed) else event for event in events]


def ends(event: Expected) -> bool:
    return isinstance(event, (int, CloseReceived))


def parse_server_frames(stream: bytes) -> Iterator[Frame]:
    """Read frames of the server; fails where one is masked or its length is not the shortest."""
    while stream:
        first, length = stream[0], stream[1]
        start = 2
        assert length < 0x80, "a server must not mask"
        if length == 126:
            (length,) = struct.unpack_from("!H", stream, 2)
            start = 4
            assert length > 125, "126 to 65,535 bytes belong in 16 bits"
        elif length == 127:
            (length,) = struct.unpack_from("!Q", stream, 2)
            start = 10
            assert length > 65_535, "more than 65,535 bytes belong in 64 bits"
        end = start + length
        assert end <= len(stream), "a frame was cut off"
        yield Frame(first & 0x7F, stream[start:end], bool(first & 0x80))
        stream = stream[end:]
