"""Opening handshakes that must be refused: one answer, the end of the stream, and no call."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.client import Response
from tests.e2e.wire.live import Feed, Live
from tests.e2e.wire.opening import KEY, extensions, key, opening, protocol, version
from tests.http1.feeding import NEXT


@pytest.fixture(scope="module")
def options() -> dict[str, Any]:
    return {"allow_origins": ["https://good.example", "none"]}


SUPPORTED = {"sec-websocket-version": "13"}
UPGRADE = {**SUPPORTED, "upgrade": "websocket"}

CHUNKED = {"Transfer-Encoding": "chunked"}

REFUSED = [
    pytest.param(version("12"), 426, UPGRADE, id="U01-12"),
    pytest.param(version("013"), 426, UPGRADE, id="U01-013"),
    pytest.param(version("13, 12"), 426, UPGRADE, id="U01-list"),
    pytest.param(version("13", "13"), 426, UPGRADE, id="U01-twice"),
    pytest.param(version("13", "8"), 426, UPGRADE, id="U01-two"),
    pytest.param(version(), 400, SUPPORTED, id="U02"),
    pytest.param(key(), 400, {}, id="U03"),
    pytest.param(key(""), 400, {}, id="U04-empty"),
    pytest.param(key("AAAAAAAAAAAAAAAAAAAA"), 400, {}, id="U04-15-bytes"),
    pytest.param(key("AAAAAAAAAAAAAAAAAAAAAAA="), 400, {}, id="U04-17-bytes"),
    pytest.param(key("AAAAAAAAAA-_AAAAAAAAAA=="), 400, {}, id="U05-url-alphabet"),
    pytest.param(key("A" * 22), 400, {}, id="U05-no-padding"),
    pytest.param(key(KEY, KEY), 400, {}, id="U06"),
    pytest.param(opening(line="POST /ws HTTP/1.1"), 405, {"allow": "GET"}, id="U10"),
    pytest.param(opening({"Content-Length": "5"}, body=b"hello"), 400, {}, id="U12-length"),
    pytest.param(opening(CHUNKED, body=b"1\r\na\r\n0\r\n\r\n"), 400, {}, id="U12-chunked"),
    pytest.param(opening(CHUNKED, body=b"0\r\n\r\n"), 400, {}, id="U12-chunked-empty"),
    pytest.param(opening({"Origin": "https://evil.example"}), 403, {}, id="U14-other"),
    pytest.param(opening({"Origin": "https://good.example.evil"}), 403, {}, id="U14-longer"),
    pytest.param(opening({"Origin": "http://good.example"}), 403, {}, id="U14-scheme"),
    pytest.param(opening({"Origin": "null"}), 403, {}, id="U14-null"),
    pytest.param(opening({"Origin": ["https://good.example"] * 2}), 400, {}, id="U14-twice"),
    pytest.param(protocol(""), 400, {}, id="U17-empty"),
    pytest.param(protocol("a, b, a"), 400, {}, id="U17-repeated"),
    pytest.param(protocol("a b"), 400, {}, id="U17-no-token"),
    pytest.param(protocol("ch\xe4t"), 400, {}, id="U17-not-ascii"),
    pytest.param(protocol("\u20ac".encode().decode("latin-1")), 400, {}, id="U17-utf-8"),
    pytest.param(extensions("a;"), 400, {}, id="U19-no-parameter"),
    pytest.param(extensions("a b"), 400, {}, id="U19-space"),
    pytest.param(extensions('a; b="c'), 400, {}, id="U19-unclosed"),
    pytest.param(extensions(';x="\\c\\c' * 6_250), 400, {}, id="U23-escapes"),
    pytest.param(protocol(" " * 50_000), 400, {}, id="U23-spaces"),
]


@pytest.mark.parametrize(("stream", "status", "fields"), REFUSED)
def test_refused(
    live: Live, feed: Feed, stream: bytes, status: int, fields: dict[str, str]
) -> None:
    response = live.only_answer([*feed(stream), NEXT])
    assert response.status == status
    assert "close" in options_of(response)
    assert {name: response.field(name) for name in fields} == fields
    assert ("upgrade" in options_of(response)) == ("upgrade" in fields)
    assert live.calls() == []


def test_U17_the_process_lives(live: Live) -> None:
    process = os.getpid()
    for _ in range(20):
        assert live.only_answer([protocol("ch\xe4t")]).status == 400
    assert live.server.call(os.getpid) == process
    live.assert_serves()


@pytest.mark.parametrize(
    "refused",
    [
        pytest.param(version("12"), id="U30-version"),
        pytest.param(key(), id="U30-key"),
        pytest.param(opening({"Origin": "null"}), id="U30-origin"),
    ],
)
def test_no_tunnel_is_left_behind_a_refusal(live: Live, refused: bytes) -> None:
    """A proxy that took the refusal for an answer to its tunnel sends on; nobody listens."""
    with live.connect() as client:
        client.send(refused)
        assert client.read_response().status in {400, 403, 426}
        client.send(NEXT)
        live.settle()
        client.send(NEXT)
        live.assert_ended(client)
    assert live.calls() == []


def options_of(response: Response) -> set[str]:
    """The options of Connection, in however many fields."""
    fields = [value for name, value in response.headers if name == "connection"]
    return {option.strip().lower() for option in ",".join(fields).split(",")}
