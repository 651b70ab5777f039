"""One message for many connections: the frame is made once, and is that of each."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from wsgate.websocket.connection import Connection
from wsgate.websocket.deflate import PerMessageDeflate
from wsgate.websocket.deflate_negotiation import Agreement, DeflateSettings
from wsgate.websocket.frame_cache import LARGEST, FrameCache

Make = Callable[[FrameCache], Connection]

SETTINGS = DeflateSettings(
    server_window_bits=12,
    client_window_bits=12,
    level=1,
    mem_level=5,
    threshold=32,
    takeover=True,
)


def plain(cache: FrameCache) -> Connection:
    return Connection(cache=cache)


def deflate(*, bits: int = 12, takeover: bool = False, **settings: Any) -> PerMessageDeflate:
    agreement = Agreement(
        server_takeover=takeover,
        client_takeover=True,
        server_window_bits=bits,
        client_window_bits=12,
    )
    return PerMessageDeflate(agreement, replace(SETTINGS, **settings))


def compressing(cache: FrameCache, **parameters: Any) -> Connection:
    return Connection(extension=deflate(**parameters), cache=cache)


def message_of(size: int) -> str:
    """An object that is like no other, equal as it may be."""
    return "".join(itertools.repeat("ab", size // 2))


@pytest.mark.parametrize("make", [plain, compressing])
@pytest.mark.parametrize("kind", [str, bytes])
def test_the_frame_of_the_same_object_is_made_once(
    make: Make, kind: type[str] | type[bytes]
) -> None:
    cache = FrameCache()
    connections = [make(cache) for _ in range(4)]
    text = message_of(1000)
    message = text if kind is str else text.encode()
    frames = [each.send_message(message) for each in connections]
    assert frames[0] == frames[1]
    assert all(frame is frames[1] for frame in frames[2:])
    assert [(each.messages_sent, each.bytes_sent) for each in connections] == [(1, 1000)] * 4


@pytest.mark.parametrize("make", [plain, compressing])
def test_an_equal_object_is_another_message(make: Make) -> None:
    cache = FrameCache()
    frames = [make(cache).send_message(message_of(1000)) for _ in range(4)]
    assert frames.count(frames[0]) == 4
    assert len({id(frame) for frame in frames}) == 4


def test_connections_of_other_forms_get_frames_of_their_own() -> None:
    cache = FrameCache()
    text = message_of(1000)
    others = ({"bits": 9}, {"threshold": 1001})
    forms = [plain(cache), compressing(cache), *(compressing(cache, **each) for each in others)]
    expected = [
        plain(FrameCache()).send_message(text),
        compressing(FrameCache()).send_message(text),
        *(compressing(FrameCache(), **each).send_message(text) for each in others),
    ]
    for connection, frame in zip(forms * 3, expected * 3, strict=True):
        assert connection.send_message(text) == frame


def test_a_form_tells_all_parameters_of_a_compressor() -> None:
    """Two routes may differ in each of them."""
    parameters: list[tuple[str, Any]] = [
        ("bits", 9),
        ("level", 9),
        ("mem_level", 9),
        ("threshold", 0),
        ("level", 2),
    ]
    forms = [deflate().form, *(deflate(**{name: value}).form for name, value in parameters)]
    assert len({*forms}) == len(forms)
    assert deflate().form == deflate().form > 0


def test_a_compressor_that_remembers_makes_its_own_frames() -> None:
    """RFC 7692 section 7.2.1: what went before is a part of what is sent."""
    cache = FrameCache()
    text = message_of(1000)
    for connection in (compressing(cache, takeover=True), compressing(cache, takeover=True)):
        inflater = zlib.decompressobj(wbits=-12)
        for _ in range(3):
            frame = connection.send_message(text)
            assert inflater.decompress(frame[2:] + b"\0\0\xff\xff") == text.encode()


def test_no_large_message_is_kept() -> None:
    cache = FrameCache()
    text = message_of(LARGEST + 2)
    frames = [plain(cache).send_message(text) for _ in range(4)]
    assert len({id(frame) for frame in frames}) == 4


def test_nothing_is_sent_behind_a_close_although_it_is_made() -> None:
    cache = FrameCache()
    text = message_of(1000)
    for _ in range(3):
        plain(cache).send_message(text)
    connection = plain(cache)
    connection.send_close(1000)
    with pytest.raises(ConnectionError):
        connection.send_message(text)
    assert connection.messages_sent == 0
