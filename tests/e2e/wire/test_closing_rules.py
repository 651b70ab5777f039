"""Closes that must not be, closes that are answered, and how TCP ends behind them."""

from __future__ import annotations

import struct

import pytest

from tests.client import BINARY, CLOSE, CONTINUATION, PING, TEXT, Frame, make_close, make_frame
from tests.e2e.wire.failing import assert_fails
from tests.e2e.wire.live import DRAINED, Feed, Live

RESERVED = {
    "C03": (0, 1, 999),
    "C04": (1004, 1005, 1006, 1015),
    "C05": (1016, 1100, 2000, 2999),
    "C07": (5000, 65_535),
}

REFUSED = [
    pytest.param(b"\x03", 1002, id="C02"),
    *(
        pytest.param(struct.pack("!H", code) + reason, 1002, id=f"{rule}-{code}-{len(reason)}")
        for rule, codes in RESERVED.items()
        for code in codes
        for reason in (b"", b"why")
    ),
    pytest.param(b"\x03\xe8\xff", 1007, id="C08"),
    pytest.param(b"\x03\xe8cut \xe2\x82", 1007, id="C08-cut"),
    pytest.param(b"\x03\xe8\xed\xa0\x80", 1007, id="C08-surrogate"),
]


@pytest.mark.parametrize(("payload", "code"), REFUSED)
def test_a_close_that_must_not_be(live: Live, feed: Feed, payload: bytes, code: int) -> None:
    assert_fails(live, feed, make_frame(CLOSE, payload), code)


def test_C01_an_empty_close(live: Live, feed: Feed) -> None:
    with live.open() as client:
        for segment in feed(make_close()):
            client.send(segment)
        assert client.read_frame() == Frame(CLOSE, b"")
        live.assert_ended(client)
    assert live.only_call().disconnect == (1005, "")


ECHOED = (*range(1000, 1004), *range(1007, 1015), 3000, 3999, 4000, 4999)


@pytest.mark.parametrize("code", [pytest.param(code, id=f"C06-{code}") for code in ECHOED])
@pytest.mark.parametrize("reason", ["", "why \u20ac", "r" * 123], ids=["none", "euro", "longest"])
def test_a_close_is_echoed(live: Live, code: int, reason: str) -> None:
    with live.open() as client:
        client.send_text("before")
        client.send_close(code, reason)
        assert client.read_text() == "before"
        assert client.read_close() == (code, reason)
        live.assert_ended(client)
    call = live.only_call()
    assert call.payloads == ["before"]
    assert call.disconnect == (code, reason)


def test_C06_a_close_cut_into_segments(live: Live, feed: Feed) -> None:
    with live.open() as client:
        for segment in feed(make_close(4000, "why \u20ac")):
            client.send(segment)
        assert client.read_close() == (4000, "why \u20ac")
        live.assert_ended(client)
    assert live.only_call().disconnect == (4000, "why \u20ac")


@pytest.mark.parametrize(
    "behind",
    [
        pytest.param(make_frame(TEXT, b"late"), id="C09-text"),
        pytest.param(make_frame(TEXT, b"late", mask=b""), id="C09-violation"),
        pytest.param(make_frame(BINARY, b"late" * 10_000), id="C09-long"),
        pytest.param(make_close(4001, "twice"), id="C09-close"),
        pytest.param(make_frame(PING, b"late"), id="F25"),
        pytest.param(make_frame(PING, b"late") * 1000, id="F25-many"),
    ],
)
def test_nothing_counts_behind_a_close(live: Live, feed: Feed, behind: bytes) -> None:
    with live.open() as client:
        for segment in feed(make_close(4000, "bye") + behind[:1000]):
            client.send(segment)
        client.send(behind[1000:])
        assert client.read_close() == (4000, "bye")
        live.assert_ended(client)
    call = live.only_call()
    assert call.payloads == []
    assert call.disconnect == (4000, "bye")
    live.assert_serves()


def test_F25_a_ping_behind_a_close_inside_a_message(live: Live) -> None:
    with live.open() as client:
        client.send(
            make_frame(TEXT, b"half", fin=False)
            + make_close(4000)
            + make_frame(PING, b"late")
            + make_frame(CONTINUATION, b"late")
        )
        assert client.read_close() == (4000, "")
        live.assert_ended(client)
    assert live.only_call().payloads == []


@pytest.mark.parametrize("size", [pytest.param(size, id=f"C10-{size}") for size in (1, DRAINED)])
def test_a_peer_that_talks_on_is_not_reset(live: Live, size: int) -> None:
    """Both Closes are exchanged, our end of the stream has come; it sends more all the same."""
    with live.open() as client:
        client.send_close(1000)
        assert client.read_close() == (1000, "")
        assert client.read_all() == b""
        client.send(b"x" * size)
        live.settle()
        live.assert_ended(client)
    live.assert_serves()
