"""Requests that are served or refused at the default limits, and what follows them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.client import make_request
from tests.e2e.wire.live import DRAINED, Feed, Live, answer_or_echo
from tests.http1.feeding import NEXT
from tests.http1.vectors import CHUNKED, head


async def answer_or_stream(scope: Any, receive: Any, send: Any) -> None:
    """As `answer_or_echo`, but begin to answer /streamed before its body."""
    if scope["path"] == "/streamed":
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        while (await receive())["type"] == "http.request":
            pass
    else:
        await answer_or_echo(scope, receive, send)


@pytest.fixture(scope="module")
def application() -> Any:
    return answer_or_stream


@pytest.mark.parametrize(
    ("stream", "host", "path"),
    [
        pytest.param(head(line=b"GET http://b:81/x HTTP/1.1"), b"b:81", "/x", id="H04-authority"),
        pytest.param(head(line=b"GET https://b/x HTTP/1.1"), b"b", "/x", id="H04-scheme"),
        pytest.param(head(line=b"OPTIONS * HTTP/1.1"), b"a", "*", id="H05-options"),
        pytest.param(b"\r\n" + head(line=b"GET /x HTTP/1.1"), b"a", "/x", id="H13-one"),
        pytest.param(head(b"X: a\x85Y: b", line=b"GET /x HTTP/1.1"), b"a", "/x", id="H21-0x85"),
        pytest.param(
            head(line=b"GET /%b HTTP/1.1" % (b"a" * 16_370)), b"a", "/" + "a" * 16_370, id="H10"
        ),
        pytest.param(head(*[b"A: b"] * 127, line=b"GET /x HTTP/1.1"), b"a", "/x", id="H23-fields"),
        pytest.param(
            head(*[b"A: " + b"b" * 600] * 100, line=b"GET /x HTTP/1.1"), b"a", "/x", id="H23-bytes"
        ),
    ],
)
def test_served(live: Live, feed: Feed, stream: bytes, host: bytes, path: str) -> None:
    with live.connect() as client:
        for segment in feed(stream):
            client.send(segment)
        response = client.read_response()
        assert response.status == 200
        assert client.request(target="/next").body == b"GET /next"
    call = live.calls()[0]
    assert (call.path, call.scope["scheme"]) == (path, "http")
    assert dict(call.scope["headers"])[b"host"] == host
    assert len(call.scope["headers"]) == stream.count(b"\r\n", 2) - 2


def test_H04_a_forwarded_scheme_is_not_the_targets(live: Live) -> None:
    with live.connect() as client:
        client.request("GET", "https://b/", [("X-Forwarded-Proto", "http")])
    assert live.only_call().scope["scheme"] == "http"


@pytest.mark.parametrize(
    ("stream", "status"),
    [
        pytest.param(head(line=b"GET /%b HTTP/1.1" % (b"a" * 16_371)), 414, id="H10-one-over"),
        pytest.param(b"GET /" + b"a" * 50_000, 414, id="H10-unfinished"),
        pytest.param(b"FROB" * 5_000, 501, id="H11"),
        pytest.param(b"\r\n" * 1_000 + head(), 400, id="H13"),
        pytest.param(head(*[b"A: b"] * 128), 431, id="H23-one-field-over"),
        pytest.param(head(*[b"A: b"] * 9_990)[:DRAINED], 431, id="H23-equal-names"),
        pytest.param(head(*[b"A: b"] * 128, b"Upgrade: websocket"), 431, id="H23-upgrade"),
    ],
)
def test_refused_at_the_default_limits(live: Live, feed: Feed, stream: bytes, status: int) -> None:
    assert live.only_answer([*feed(stream), NEXT]).status == status
    assert live.calls() == []


@pytest.mark.parametrize(
    ("begin", "endless", "status"),
    [
        pytest.param(b"GET /", b"a" * 80_000, 414, id="H10-65535"),
        pytest.param(head()[:-2], b"A: b\r\n" * 10_000, 431, id="H23-ten-thousand"),
        pytest.param(head()[:-2] + b"A: ", b"b" * 80_000, 431, id="H23-one-value"),
        pytest.param(CHUNKED + b"1;a=", b"b" * 200_000, 400, id="H32-200kB"),
        pytest.param(CHUNKED + b"0\r\n", b"A: b\r\n" * 20_000, 431, id="H34-trailers"),
    ],
)
def test_refused_before_its_end(live: Live, begin: bytes, endless: bytes, status: int) -> None:
    """The answer comes while most is still to be sent; of that, so much may follow."""
    with live.connect() as client:
        client.send(begin)
        sent = 0
        while not client.readable():
            client.send(endless[sent : sent + 1000])
            sent += 1000
            live.settle()
        assert client.read_response().status == status
        client.send(endless[sent:][:DRAINED])
        live.assert_ended(client)
    assert sent < len(endless) - 1000


@pytest.mark.parametrize("size", [pytest.param(size, id=f"H35-{size}") for size in (0, 1, 4)])
@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_the_stream_ends_inside_a_body(live: Live, framing: str, size: int) -> None:
    fields = {"length": ("Content-Length", "5"), "chunked": ("Transfer-Encoding", "chunked")}
    part = b"hell"[:size] if framing == "length" else b"5\r\nhell"[: size + 3]
    with live.connect() as client:
        client.send(make_request("POST", "/", [fields[framing]]) + part)
        client.finish()
        assert client.read_all() == b""
    received = live.only_call().received
    assert received[-1] == {"type": "http.disconnect"}
    assert b"".join(message["body"] for message in received[:-1]) == b"hell"[:size]


CLOSING = [
    pytest.param("1.1", [("Connection", "close")], id="H37-close"),
    pytest.param("1.1", [("Connection", "keep-alive, Close")], id="H37-list"),
    pytest.param("1.0", [], id="H37-1.0"),
]


@pytest.mark.parametrize(("version", "fields"), CLOSING)
def test_nothing_follows_the_last_request(
    live: Live, feed: Feed, version: str, fields: list[tuple[str, str]]
) -> None:
    last = make_request("GET", "/last", fields, http_version=version)
    response = live.only_answer(feed(last + NEXT + b"\0\r\n"))
    assert (response.status, response.field("connection")) == (200, "close")
    assert live.only_call().path == "/last"


def test_H38_no_request_follows_a_refused_one(live: Live, feed: Feed) -> None:
    first = make_request(target="/first")
    refused = make_request(target="/refused", headers=[("Host", "twice")])
    with live.connect() as client:
        for segment in feed(first + refused + NEXT * 3):
            client.send(segment)
        assert client.read_response().body == b"GET /first"
        assert client.read_response().status == 400
        live.assert_ended(client)
    assert [call.path for call in live.calls()] == ["/first"]


def test_H33_the_application_learns_of_a_bad_body_at_once(live: Live) -> None:
    with live.connect() as client:
        client.send(CHUNKED + b"1\r\nab\r\n")
        assert client.read_response().status == 400
        (call,) = live.calls()
        assert call.done.is_set(), "it waits for our end of the stream"
        assert call.received[-1] == {"type": "http.disconnect"}


def test_H33_a_response_that_has_begun_is_cut_and_no_other_one_stands_in_it(live: Live) -> None:
    with live.connect() as client:
        client.send(make_request("POST", "/streamed", [("Transfer-Encoding", "chunked")]))
        assert client.read_head().status == 200
        assert client.read_chunk() == b"begun"
        client.send(b"1\r\nab\r\n")
        assert client.read_all() == b""
    assert live.only_call().received[-1] == {"type": "http.disconnect"}


def test_H33_a_complete_response_has_no_other_one_behind_it(live: Live) -> None:
    with live.connect() as client:
        client.send(make_request("POST", "/early", [("Transfer-Encoding", "chunked")]))
        client.send(b"1\r\na\r\n")
        assert client.read_response().body == b"POST /early"
        client.send(b"1\r\nab\r\n")
        live.assert_ended(client)
