"""A WebSocket over HTTP/2 (RFC 8441): the proxy turns it into an ordinary upgrade."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

import pytest
from wsproto.events import BytesMessage, CloseConnection, Ping, Pong, TextMessage

from conformance.proxies.deviations import ENDS_STREAMS_SECOND, WITHOUT_RFC_8441
from conformance.proxies.front import VISITOR, Front
from conformance.proxies.http2 import Http2, WebSocket, ask
from conformance.proxies.programs import PROXIES

CARRIERS = [name for name in PROXIES if name not in WITHOUT_RFC_8441]


@pytest.fixture
def http2(front: Front) -> Iterator[Http2]:
    with Http2(front.connect_tls(["h2"]), front.secure.address) as http2:
        yield http2


@pytest.fixture
def carrier(http2: Http2) -> Http2:
    """A connection that may carry WebSockets."""
    assert http2.carries_websockets()
    return http2


def test_who_carries_websockets(front: Front, http2: Http2) -> None:
    assert http2.carries_websockets() == (front.name in CARRIERS)


def test_requests(http2: Http2) -> None:
    """Whoever speaks HTTP/2 serves requests over it."""
    names = {":method": "GET", ":scheme": "https", ":path": "/who"}
    stream, head = http2.request([*names.items()], [], end=True)
    assert dict(head)[":status"] == "200"
    seen = json.loads(b"".join(iter(lambda: http2.read(stream), b"")))
    assert (seen["client"], seen["scheme"], seen["http_version"]) == ([VISITOR, 0], "https", "1.1")


@pytest.mark.parametrize("proxy", CARRIERS, indirect=True)
class TestWebSocket:
    def test_the_application_sees_an_upgrade(self, front: Front, carrier: Http2) -> None:
        seen = json.loads(WebSocket(carrier, "/ws/who").receive())
        assert (seen["client"], seen["scheme"]) == ([VISITOR, 0], "wss")
        assert seen["url"] == f"wss://{front.secure.address}/ws/who"

    def test_echo_of_3_MB(self, carrier: Http2) -> None:
        blocks = (hashlib.sha256(bytes([number % 251])).digest() for number in range(96_000))
        binary, text = b"".join(blocks), "aé" * 1_000_000
        websocket = WebSocket(carrier, "/ws/echo")
        websocket.send(BytesMessage(binary))
        assert websocket.receive() == binary
        websocket.send(TextMessage(text))
        assert websocket.receive() == text

    def test_subprotocol(self, carrier: Http2) -> None:
        offer = [("sec-websocket-protocol", "chat.v1, chat.v2")]
        answer = WebSocket(carrier, "/ws/echo", offer).answer
        assert answer.fields["sec-websocket-protocol"] == "chat.v2"

    def test_fields_of_the_accept(self, carrier: Http2) -> None:
        fields = [("cookie", "session=abc"), ("x-token", "xyz")]
        websocket = WebSocket(carrier, "/ws/items/7?q=a&tag=b", fields)
        assert websocket.answer.fields["x-served-by"] == "shop"
        assert websocket.answer.fields["set-cookie"] == "visit=2"
        assert json.loads(websocket.receive())["who"] == "abc"

    def test_a_ping_is_answered(self, carrier: Http2) -> None:
        websocket = WebSocket(carrier, "/ws/echo")
        websocket.send(Ping(b"are you there"))
        assert websocket.next_event() == Pong(b"are you there")

    def test_the_client_closes(self, front: Front, carrier: Http2, page: str) -> None:
        websocket = WebSocket(carrier, f"/ws/record/{page}")
        websocket.send(CloseConnection(3001, "das wär's"))
        assert websocket.next_event() == CloseConnection(3001, "das wär's")
        if front.name in ENDS_STREAMS_SECOND:
            websocket.end()
        assert websocket.at_end()
        written = front.plain.fetch(f"/diary/{page}").value
        assert written == {"code": 3001, "reason": "das wär's"}

    def test_the_application_closes(self, carrier: Http2) -> None:
        websocket = WebSocket(carrier, "/ws/close?code=3003&reason=sch%C3%B6n")
        assert websocket.next_event() == CloseConnection(3003, "schön")

    def test_a_connection_that_goes_is_lost(self, front: Front, carrier: Http2, page: str) -> None:
        websocket = WebSocket(carrier, f"/ws/record/{page}")
        websocket.send(TextMessage("hello"))
        assert websocket.receive() == "noted: hello"
        carrier.close()
        assert front.plain.fetch(f"/diary/{page}").value == {"code": 1006, "reason": ""}

    def test_two_on_one_connection(self, carrier: Http2) -> None:
        first, second = (WebSocket(carrier, "/ws/echo") for _ in range(2))
        for each, text in ((first, "one"), (second, "two")):
            each.send(TextMessage(text))
        assert (second.receive(), first.receive()) == ("two", "one")

    def test_a_denial_response_with_its_body(self, carrier: Http2) -> None:
        answer = ask(carrier, "/ws/deny", [])
        assert (answer.status, answer.fields["x-kind"]) == (418, "teapot")
        body = b"".join(iter(lambda: carrier.read(answer.stream), b""))
        assert json.loads(body) == {"detail": "no coffee here"}

    def test_a_refusal(self, carrier: Http2) -> None:
        assert ask(carrier, "/ws/refuse", []).status == 403
