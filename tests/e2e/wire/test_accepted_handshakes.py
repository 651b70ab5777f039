"""Requests that look like an opening handshake: accepted, or served as plain HTTP."""

from __future__ import annotations

import pytest

from tests.client import CLOSE, TEXT, Frame, Response, make_close, make_frame
from tests.conftest import Serve
from tests.e2e.wire.live import Feed, Live, Recorder, answer_or_echo
from tests.e2e.wire.opening import ACCEPT, extensions, opening, protocol
from tests.http1.feeding import NEXT

ORIGIN = {"Origin": "https://any.example"}

ACCEPTED = [
    pytest.param(opening({"Upgrade": "WebSocket"}), id="U08-case"),
    pytest.param(opening({"Upgrade": "h2c, websocket"}), id="U08-list"),
    pytest.param(opening({"Upgrade": ["h2c", "websocket"]}), id="U08-two-fields"),
    pytest.param(opening({"Connection": "keep-alive, Upgrade"}), id="U09-keep-alive"),
    pytest.param(opening({"Connection": "close, upgrade"}), id="U09-close"),
    pytest.param(opening({"Connection": ["keep-alive", "upgrade"]}), id="U09-two-fields"),
    pytest.param(opening({"Content-Length": "0"}), id="U12-length-zero"),
    pytest.param(opening({"HTTP2-Settings": "AAMAAABkAAQAAP__"}), id="U13-settings"),
    pytest.param(opening(ORIGIN), id="U14-everybody"),
    pytest.param(opening(line="GET http://test/ws HTTP/1.1"), id="H04-upgrade"),
    pytest.param(protocol("chat, superchat"), id="U18"),
    pytest.param(extensions("x-unknown"), id="U20"),
    pytest.param(extensions("x-unknown; a=b", "x-other"), id="U20-two"),
    pytest.param(extensions("constructor, __class__"), id="U24"),
    pytest.param(extensions("constructor; __proto__=1"), id="U24-parameter"),
    pytest.param(opening(), id="U25"),
]


@pytest.mark.parametrize("stream", ACCEPTED)
def test_accepted_with_the_frames_behind_it(live: Live, feed: Feed, stream: bytes) -> None:
    with live.connect() as client:
        for segment in feed(stream + make_frame(TEXT, b"hello") + make_close(1000)):
            client.send(segment)
        response = client.read_head()
        assert response.status == 101
        assert [(name, value) for name, value in response.headers if name not in OURS] == [
            ("upgrade", "websocket"),
            ("connection", "Upgrade"),
            ("sec-websocket-accept", ACCEPT),
        ]
        assert client.read_frame() == Frame(TEXT, b"hello")
        assert client.read_close() == (1000, "")
        live.assert_ended(client)
    assert live.only_call().scope["path"] == "/ws"
    assert live.only_call().scope["type"] == "websocket"


OURS = {"date", "server"}

PLAIN = [
    pytest.param(opening({"Upgrade": []}), id="U07"),
    pytest.param(opening({"Connection": "keep-alive"}), id="U09-none"),
    pytest.param(opening({"Connection": []}), id="U09-no-field"),
    pytest.param(opening({"Connection": "upgraded"}), id="U09-longer"),
    pytest.param(opening(line="GET /ws HTTP/1.0"), id="U11"),
    pytest.param(opening({"Upgrade": "h2c", "HTTP2-Settings": "AAMAAABkAAQAAP__"}), id="U13-h2c"),
    pytest.param(opening({"Upgrade": "websocket2"}), id="U13-longer"),
]


@pytest.mark.parametrize("stream", PLAIN)
def test_served_as_http(live: Live, feed: Feed, stream: bytes) -> None:
    with live.connect() as client:
        for segment in feed(stream):
            client.send(segment)
        response = client.read_response()
        assert (response.status, response.body) == (200, b"GET /ws")
        assert response.field("upgrade") is None
    assert live.only_call().scope["type"] == "http"


@pytest.mark.parametrize(
    ("fields", "same"),
    [
        pytest.param(
            ['permessage-deflate; client_max_window_bits="10"'],
            ["permessage-deflate; client_max_window_bits=10"],
            id="U21",
        ),
        pytest.param(["x-a; b=1", "x-c"], ["x-a; b=1, x-c"], id="U22"),
        pytest.param(
            ["x-a", "permessage-deflate; server_max_window_bits=10"],
            ["x-a, permessage-deflate; server_max_window_bits=10"],
            id="U22-deflate",
        ),
    ],
)
def test_extensions_in_two_spellings(live: Live, fields: list[str], same: list[str]) -> None:
    assert agreement(live, extensions(*fields)) == agreement(live, extensions(*same))


def agreement(live: Live, stream: bytes) -> Response:
    with live.connect() as client:
        client.send(stream)
        response = client.read_head()
        assert response.status == 101
        return response._replace(headers=[each for each in response.headers if each[0] != "date"])


@pytest.mark.parametrize(
    ("origin", "allowed", "status"),
    [
        pytest.param("null", ["null"], 101, id="U14-null-listed"),
        pytest.param("https://a.example", ["https://a.example"], 101, id="U14-listed"),
        pytest.param("http://test", ["same-origin"], 101, id="U14-same"),
        pytest.param("http://other", ["same-origin"], 403, id="U14-not-same"),
        pytest.param("null", ["same-origin"], 403, id="U14-null-same"),
    ],
)
def test_origins(serving: Serve, origin: str, allowed: list[str], status: int) -> None:
    recorder = Recorder(answer_or_echo)
    with serving(recorder, allow_origins=allowed) as server:
        live = Live(server, recorder)
        with live.connect() as client:
            client.send(opening({"Origin": origin}))
            assert client.read_head().status == status
        assert len(live.calls()) == (status == 101)


def test_U26_frames_wait_for_accept(live: Live) -> None:
    frames = [make_frame(TEXT, b"%d" % number) for number in range(100)]
    with live.connect() as client:
        client.send(opening() + b"".join(frames) + make_close(4000, "all said"))
        assert client.read_head().status == 101
        assert [client.read_frame() for _ in frames] == [
            Frame(TEXT, b"%d" % number) for number in range(100)
        ]
        assert client.read_frame() == Frame(CLOSE, b"\x0f\xa0all said")
        live.assert_ended(client)
    call = live.only_call()
    assert call.payloads == [str(number) for number in range(100)]
    assert call.disconnect == (4000, "all said")


def test_U26_a_plain_request_behind_an_accepted_one_is_no_request(live: Live) -> None:
    """What stands behind the 101 is frames, whatever it looks like: an unmasked one here."""
    with live.connect() as client:
        client.send(opening() + NEXT)
        assert client.read_head().status == 101
        assert client.read_close()[0] == 1002
        live.assert_ended(client)
    assert live.only_call().scope["type"] == "websocket"
