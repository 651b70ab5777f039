"""Text that is not UTF-8, found at once; and UTF-8 wherever it is cut."""

from __future__ import annotations

import pytest

from tests.client import CONTINUATION, TEXT, Frame, make_frame
from tests.e2e.wire.failing import BEFORE, assert_fails
from tests.e2e.wire.live import Feed, Live

WRONG = [
    ("T01-ff", b"\xff"),
    ("T01-lone-continuation", b"a\x80"),
    ("T01-inside", b"good \xc3( bad"),
    ("T02-first", b"\xed\xa0\x80"),
    ("T02-last", b"\xed\xbf\xbf"),
    ("T02-pair", b"\xed\xa0\xbd\xed\xb8\x80"),
    ("T03-two-bytes", b"\xc0\xaf"),
    ("T03-three-bytes", b"\xe0\x80\xaf"),
    ("T03-four-bytes", b"\xf0\x80\x80\xaf"),
    ("T03-nul", b"\xc0\x80"),
    ("T04-one-above", b"\xf4\x90\x80\x80"),
    ("T04-five-bytes", b"\xf8\x88\x80\x80\x80"),
    ("T04-f5", b"\xf5\x80\x80\x80"),
    ("T05-two-of-three", b"good \xe2\x82"),
    ("T05-three-of-four", b"\xf0\x9f\x98"),
    ("T05-one-of-two", b"\xc3"),
]


@pytest.mark.parametrize("payload", [pytest.param(payload, id=name) for name, payload in WRONG])
def test_text_that_is_not_utf_8(live: Live, feed: Feed, payload: bytes) -> None:
    assert_fails(live, feed, make_frame(TEXT, payload), 1007)


@pytest.mark.parametrize("payload", [pytest.param(payload, id=name) for name, payload in WRONG])
def test_fragments_that_are_not_utf_8(live: Live, payload: bytes) -> None:
    assert_fails(live, in_fragments, payload, 1007)


def in_fragments(stream: bytes) -> list[bytes]:
    """What is behind `BEFORE` as a message in fragments of a byte, each a segment."""
    payload = stream.removeprefix(BEFORE)
    return [BEFORE, *fragments(payload)]


def fragments(payload: bytes) -> list[bytes]:
    """A text message in frames of a byte."""
    return [
        make_frame(CONTINUATION if at else TEXT, payload[at : at + 1], fin=at + 1 == len(payload))
        for at in range(len(payload))
    ]


LONG = make_frame(TEXT, b"\xff" + b"a" * 9_999)


@pytest.mark.parametrize(
    "begin",
    [
        pytest.param(make_frame(TEXT, b"a\xff", fin=False), id="T06-fragment"),
        pytest.param(
            make_frame(TEXT, b"a", fin=False) + make_frame(CONTINUATION, b"\xff", fin=False),
            id="T06-second-fragment",
        ),
        pytest.param(make_frame(TEXT, b"\xed\xa0", fin=False), id="T06-two-bytes-suffice"),
        pytest.param(LONG[:9], id="T06-first-byte-of-a-long-frame"),
        pytest.param(LONG[:5_000], id="T06-half-a-long-frame"),
    ],
)
def test_wrong_bytes_are_found_before_the_rest_comes(live: Live, feed: Feed, begin: bytes) -> None:
    assert_fails(live, feed, begin, 1007)


TEXTS = [
    pytest.param("K\u00f6ln \u20ac \U0001f600", id="T07-each-length"),
    pytest.param("\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff", id="T07-edges"),
    pytest.param("\ufeff\x00", id="T07-bom-nul"),
]


@pytest.mark.parametrize("text", TEXTS)
def test_text_split_over_segments(live: Live, feed: Feed, text: str) -> None:
    with live.open() as client:
        for segment in feed(make_frame(TEXT, text.encode())):
            client.send(segment)
        assert client.read_frame() == Frame(TEXT, text.encode())
        client.send_close(1000)
        assert client.read_close() == (1000, "")
    assert live.only_call().payloads == [text]


@pytest.mark.parametrize("text", TEXTS)
def test_text_split_over_fragments(live: Live, feed: Feed, text: str) -> None:
    with live.open() as client:
        for segment in feed(b"".join(fragments(text.encode()))):
            client.send(segment)
        assert client.read_frame() == Frame(TEXT, text.encode())
        client.send_close(1000)
        assert client.read_close() == (1000, "")
    assert live.only_call().payloads == [text]
