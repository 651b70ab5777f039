"""A WebSocket through a proxy: the opening handshake, messages, pings, both ends."""

from __future__ import annotations

import json
import zlib

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.extensions.permessage_deflate import PerMessageDeflate

from conformance.proxies.front import Front
from tests.client import PING, PONG, TEXT, Client, make_frame
from tests.e2e.clients import opened, with_websockets
from tests.e2e.conversations import CLOSES, CONVERSATIONS, REFUSALS
from tests.e2e.process import TIMEOUT

LARGE: dict[str, str | bytes] = {"binary": bytes(range(256)) * 12_000, "text": "aé" * 1_000_000}
KEY = ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
DEFLATE = ("Sec-WebSocket-Extensions", "permessage-deflate; client_no_context_takeover")


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_conversation(front: Front, name: str) -> None:
    conversation, expected = CONVERSATIONS[name]
    assert with_websockets(front.plain, conversation) == expected


@pytest.mark.parametrize("kind", LARGE)
@pytest.mark.parametrize("compression", ["deflate", None], ids=["compressed", "plain"])
def test_echo_of_3_MB(front: Front, kind: str, compression: str | None) -> None:
    with opened(front.plain, "/ws/echo", compression=compression) as websocket:
        websocket.send(LARGE[kind])
        assert websocket.recv(TIMEOUT) == LARGE[kind]


def test_fields_of_the_accept(front: Front) -> None:
    fields = {"Cookie": "session=abc", "X-Token": "xyz"}
    target = "/ws/items/7?q=a%20b&tag=new&tag=old"
    with opened(front.plain, target, additional_headers=fields) as websocket:
        assert websocket.response is not None
        assert websocket.response.headers["x-served-by"] == "shop"
        assert websocket.response.headers["set-cookie"] == "visit=2"
        seen = json.loads(websocket.recv(TIMEOUT))
    assert (seen["item_id"], seen["q"], seen["tag"]) == (7, "a b", ["new", "old"])
    assert (seen["who"], seen["x_token"]) == ("abc", "xyz")


# Compression.


def test_compression_is_agreed_from_end_to_end(front: Front) -> None:
    with opened(front.plain, "/ws/echo") as websocket:
        kinds = [type(each) for each in websocket.protocol.extensions]
        assert kinds == [PerMessageDeflate]


def test_frames_stay_compressed(front: Front) -> None:
    """A proxy passes on bytes; the frame of the echo has RSV1 and is as small as it was."""
    message = b"compress me " * 1000
    deflate = zlib.compressobj(wbits=-15)
    packed = deflate.compress(message) + deflate.flush(zlib.Z_SYNC_FLUSH)
    frame = bytearray(make_frame(TEXT, packed[:-4]))
    frame[0] |= 0x40
    with Client(front.plain.connect()) as client:
        response = client.open_websocket("/ws/echo", [DEFLATE])
        assert "permessage-deflate" in (response.field("sec-websocket-extensions") or "")
        client.send(bytes(frame))
        first, length = client.read(2)
        assert (first, length < 126) == (0xC1, True)
        tail = b"\x00\x00\xff\xff"
        assert zlib.decompressobj(wbits=-15).decompress(client.read(length) + tail) == message


# Pings; those of wsgate are in test_idle.py.


def test_a_ping_of_the_client_is_answered(front: Front) -> None:
    with Client(front.plain.connect()) as client:
        client.open_websocket("/ws/echo")
        client.send(make_frame(PING, b"are you there"))
        assert client.read_frame() == (PONG, b"are you there", True)


# Ends.


@pytest.mark.parametrize("name", CLOSES)
def test_the_client_closes(front: Front, page: str, name: str) -> None:
    code, reason = CLOSES[name]
    with opened(front.plain, f"/ws/record/{page}") as websocket:
        websocket.close(code, reason)
    assert (websocket.close_code, websocket.close_reason) == (code, reason)
    assert front.plain.fetch(f"/diary/{page}").value == {"code": code, "reason": reason}


def test_the_application_closes(front: Front) -> None:
    with opened(front.plain, "/ws/close?code=3003&reason=sch%C3%B6n") as websocket:
        with pytest.raises(ConnectionClosed):
            websocket.recv(TIMEOUT)
        assert (websocket.close_code, websocket.close_reason) == (3003, "schön")


def test_a_client_that_goes_is_lost_to_the_application(front: Front, page: str) -> None:
    with Client(front.plain.connect()) as client:
        client.open_websocket(f"/ws/record/{page}")
        client.reset()
    assert front.plain.fetch(f"/diary/{page}").value == {"code": 1006, "reason": ""}


# Refusals.


@pytest.mark.parametrize("name", REFUSALS)
def test_refusal(front: Front, name: str) -> None:
    target, status = REFUSALS[name]
    with Client(front.plain.connect()) as client:
        assert client.refused_websocket(target).status == status


def test_a_denial_response_with_its_body(front: Front) -> None:
    with Client(front.plain.connect()) as client:
        response = client.refused_websocket("/ws/deny")
    assert (response.status, response.field("x-kind")) == (418, "teapot")
    assert json.loads(response.body) == {"detail": "no coffee here"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param([("Sec-WebSocket-Version", "8"), KEY], 426, id="version"),
        pytest.param([("Sec-WebSocket-Version", "13")], 400, id="no-key"),
    ],
)
def test_a_refused_handshake(front: Front, headers: list[tuple[str, str]], status: int) -> None:
    upgrade = [("Upgrade", "websocket"), ("Connection", "Upgrade")]
    with Client(front.plain.connect()) as client:
        assert client.request("GET", "/ws/echo", [*upgrade, *headers]).status == status
