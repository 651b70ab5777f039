"""permessage-deflate on the wire (RFC 7692): what is agreed, delivered, and refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.client import CONTINUATION, PING, TEXT, Client, Frame, make_frame
from tests.e2e.wire.failing import BEFORE
from tests.e2e.wire.live import Feed, Live
from tests.websocket.compressing import (
    EMPTY_BLOCK,
    HELLO,
    HELLO_AGAIN,
    HELLO_FINAL,
    HELLO_IN_TWO,
    HELLO_STORED,
    binary,
    deflate,
    text,
)
from tests.websocket.wire import RSV1

EXTENSIONS = "sec-websocket-extensions"
LIMIT = 100_000

ANSWERS = [
    ("D01-7", "permessage-deflate; server_max_window_bits=7", None),
    ("D01-16", "permessage-deflate; client_max_window_bits=16", None),
    ("D01-09", "permessage-deflate; server_max_window_bits=09", None),
    ("D02", "permessage-deflate; server_max_window_bits=9; server_max_window_bits=9", None),
    ("D03", "permessage-deflate; unknown", None),
    ("D04", "permessage-deflate; client_no_context_takeover=1", None),
    ("D05", "permessage-deflate; unknown, permessage-deflate; client_max_window_bits=10", "12 10"),
    ("D06", "permessage-deflate; server_max_window_bits=10", "10"),
    ("D06-quoted", 'permessage-deflate; server_max_window_bits="10"', "10"),
    ("D07", "permessage-deflate", "12"),
    ("D17", "permessage-deflate; server_max_window_bits=8", None),
    ("other", "x-webkit-deflate-frame", None),
]


@pytest.fixture(scope="module")
def options() -> dict[str, Any]:
    return {"ws_max_size": LIMIT}


@pytest.mark.parametrize(
    ("offer", "bits"), [pytest.param(offer, bits, id=name) for name, offer, bits in ANSWERS]
)
def test_the_answer_to_an_offer(live: Live, offer: str, bits: str | None) -> None:
    """bits: of the server's window, and of the client's where they are told."""
    expected = None
    if bits is not None:
        names = ("server_max_window_bits", "client_max_window_bits")
        told = [f"{name}={value}" for name, value in zip(names, bits.split(), strict=False)]
        expected = "; ".join(["permessage-deflate", *told])
    with live.connect() as client:
        assert client.open_websocket(headers=[(EXTENSIONS, offer)]).field(EXTENSIONS) == expected
        client.send_text("x" * 200)
        assert client.read_text() == "x" * 200


def open_compressed(live: Live) -> Client:
    client = live.connect()
    client.open_websocket(headers=[(EXTENSIONS, "permessage-deflate")])
    return client


DELIVERED = [
    ("D09", make_frame(TEXT, b"plain") + text(HELLO), ["plain", "Hello"]),
    ("D10", text(HELLO[:3], b"", HELLO[3:], b""), ["Hello"]),
    ("D11-stored", text(HELLO_STORED), ["Hello"]),
    ("D11-several-blocks", text(HELLO_IN_TWO), ["Hello"]),
    ("D12", text(HELLO_FINAL) + text(HELLO), ["Hello", "Hello"]),
    ("D16", text(HELLO) + text(HELLO_AGAIN), ["Hello", "Hello"]),
    ("D20", text(b"\x00") + text(HELLO), ["", "Hello"]),
]


@pytest.mark.parametrize(
    ("stream", "messages"),
    [pytest.param(stream, messages, id=name) for name, stream, messages in DELIVERED],
)
def test_compressed_messages_are_delivered(
    live: Live, feed: Feed, stream: bytes, messages: list[str]
) -> None:
    with open_compressed(live) as client:
        for segment in feed(stream):
            client.send(segment)
        assert [client.read_text() for _ in messages] == messages
        client.send_close(1000)
        assert client.read_close() == (1000, "")
    assert live.only_call().payloads == messages


FAILING = [
    ("T08", text(deflate(b"not UTF-8: \xff")), 1007),
    ("D08-control", make_frame(RSV1 | PING), 1002),
    ("D08-continuation", text(HELLO, b"")[:-6] + make_frame(RSV1 | CONTINUATION), 1002),
    ("D13-corrupt", text(b"\x07"), 1007),
    ("D13-truncated", text(deflate(b"Hello, hello, hello")[:-3]), 1007),
    ("D14", binary(deflate(bytes(1 << 20))), 1009),
    ("D15-over", binary(deflate(bytes(LIMIT + 1))), 1009),
    ("D18", binary(EMPTY_BLOCK * 10_000), 1009),
]


@pytest.mark.parametrize(
    ("stream", "code"), [pytest.param(stream, code, id=name) for name, stream, code in FAILING]
)
def test_what_cannot_be_inflated_fails_the_connection(live: Live, stream: bytes, code: int) -> None:
    """The message before it is delivered, the one behind it is not, and TCP ends: D19."""
    with open_compressed(live) as client:
        client.send(BEFORE + stream + text(HELLO))
        assert client.read_frame() == Frame(TEXT, b"before")
        close = client.read_close()
        assert close[0] == code
        live.assert_ended(client)
    call = live.only_call()
    assert (call.payloads, call.disconnect) == (["before"], close)
    live.assert_serves()
