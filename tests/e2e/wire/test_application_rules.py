"""What an application must not do: it gets an error, and nothing of it reaches the wire."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from tests.client import TEXT, Frame
from tests.e2e.wire.live import Live, Message
from tests.e2e.wire.opening import opening

CRLF = b"1\r\nX-Injected: yes\r\n\r\ninjected"
ACCEPT: Message = {"type": "websocket.accept"}


def start(status: Any = 200, *headers: tuple[bytes, bytes]) -> list[Message]:
    return [
        {"type": "http.response.start", "status": status, "headers": headers},
        {"type": "http.response.body", "body": b"injected"},
    ]


def denial(status: Any, *headers: tuple[bytes, bytes]) -> list[Message]:
    return [{**each, "type": f"websocket.{each['type']}"} for each in start(status, *headers)]


def accept(*headers: tuple[bytes, bytes], subprotocol: Any = None) -> list[Message]:
    return [{**ACCEPT, "headers": headers, "subprotocol": subprotocol}]


def close(code: Any, reason: str = "") -> Message:
    return {"type": "websocket.close", "code": code, "reason": reason}


async def send_as_told(scope: Any, receive: Any, send: Any) -> None:
    """Send the messages of SCRIPT."""
    if scope["type"] == "lifespan":
        raise NotImplementedError
    await receive()
    for message in SCRIPT:
        await send(message)


SCRIPT: list[Message] = []


@pytest.fixture(scope="module")
def application() -> Any:
    return send_as_told


def follow(script: list[Message]) -> None:
    """Have the application send these messages in the next call."""
    SCRIPT[:] = script


FORGED = [
    pytest.param(start(200, (b"x-a", CRLF)), id="H39-value"),
    pytest.param(start(200, (b"x-a", b"injected\n")), id="H39-lf"),
    pytest.param(start(200, (b"x-a", b"injected\r")), id="H39-cr"),
    pytest.param(start(200, (b"x-a", b"injected\0")), id="H39-nul"),
    pytest.param(start(200, (CRLF, b"1")), id="H39-name"),
    pytest.param(start(200, (b"x injected", b"1")), id="H39-name-no-token"),
    pytest.param(start("200 OK\r\nX-Injected: yes"), id="H39-status"),
    pytest.param(start(200, (b"content-length", CRLF)), id="H39-length"),
    pytest.param(start(200, (b"set-cookie", b"a=1"), (b"set-cookie", CRLF)), id="H39-second"),
    pytest.param(start(101, (b"upgrade", b"websocket"), (b"connection", b"upgrade")), id="H40-101"),
    pytest.param(start(100), id="H40-100"),
    pytest.param(start(103, (b"link", b"injected")), id="H40-103"),
    pytest.param(start(199), id="H40-199"),
    pytest.param(start(0), id="H40-0"),
]


@pytest.mark.parametrize("script", FORGED)
def test_a_forged_response_is_a_500(
    live: Live, caplog: pytest.LogCaptureFixture, script: list[Message]
) -> None:
    follow(script)
    with live.connect() as client:
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert_refused(client.read_all(), 500)
    assert isinstance(live.only_call().error, RuntimeError)
    assert_logged(caplog)


CHAT = {"Sec-WebSocket-Protocol": "chat"}

FORGED_OPENINGS = [
    pytest.param(accept(subprotocol="injected"), id="U16-not-offered"),
    pytest.param(accept(subprotocol=""), id="U16-empty"),
    pytest.param(accept(subprotocol="CHAT"), id="U16-case"),
    pytest.param(accept(subprotocol="chat\r\nX-Injected: yes"), id="U16-crlf"),
    pytest.param(accept((b"x-a", CRLF)), id="U27-value"),
    pytest.param(accept((b"x-a", b"injected\n")), id="U27-lf"),
    pytest.param(accept((b"x-a", b"injected\0")), id="U27-nul"),
    pytest.param(accept((CRLF, b"1")), id="U27-name"),
    pytest.param(denial(403, (b"x-a", CRLF)), id="U27-denial"),
    pytest.param(denial(101, (b"upgrade", b"websocket")), id="U27-denial-101"),
    pytest.param(accept((b"upgrade", b"injected")), id="U28-upgrade"),
    pytest.param(accept((b"Connection", b"injected")), id="U28-connection"),
    pytest.param(accept((b"sec-websocket-accept", b"injected")), id="U28-accept"),
    pytest.param(accept((b"Sec-WebSocket-Protocol", b"chat")), id="U28-protocol"),
    pytest.param(accept((b"sec-websocket-extensions", b"injected")), id="U28-extensions"),
]


@pytest.mark.parametrize("script", FORGED_OPENINGS)
def test_a_forged_accept_is_a_500(
    live: Live, caplog: pytest.LogCaptureFixture, script: list[Message]
) -> None:
    follow(script)
    with live.connect() as client:
        client.send(opening(CHAT))
        assert_refused(client.read_all(), 500)
    assert isinstance(live.only_call().error, RuntimeError)
    assert_logged(caplog)


def test_U15_a_close_before_accept_is_a_403(live: Live, caplog: pytest.LogCaptureFixture) -> None:
    follow([close(4000, "injected")])
    with live.connect() as client:
        client.send(opening())
        assert_refused(client.read_all(), 403)
    assert live.only_call().error is None
    assert errors(caplog) == []


@pytest.mark.parametrize(
    ("subprotocol", "fields"),
    [
        pytest.param(None, [], id="U18"),
        pytest.param("chat", [("sec-websocket-protocol", "chat")], id="U16-offered"),
    ],
)
def test_a_subprotocol_is_named_where_one_was_chosen(
    live: Live, subprotocol: str | None, fields: list[tuple[str, str]]
) -> None:
    follow(accept(subprotocol=subprotocol))
    with live.connect() as client:
        client.send(opening(CHAT))
        response = client.read_head()
    assert response.status == 101
    assert [each for each in response.headers if each[0] == "sec-websocket-protocol"] == fields


WRONG_CLOSES = [
    pytest.param([close(code)], id=f"C14-{code}")
    for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 70_000, -1, "1000", None)
]
SURROGATES = [
    pytest.param([{"type": "websocket.send", "text": "a\ud800b"}], id="T09"),
    pytest.param([{"type": "websocket.send", "text": "\udfff"}], id="T09-alone"),
    pytest.param([close(1000, "\ud800")], id="T09-reason"),
]


@pytest.mark.parametrize("script", [*WRONG_CLOSES, *SURROGATES])
def test_what_cannot_be_sent_is_an_error_and_1011(
    live: Live, caplog: pytest.LogCaptureFixture, script: list[Message]
) -> None:
    follow([ACCEPT, *script])
    with live.open() as client:
        code, _ = client.read_close()
        assert code == 1011
        client.send_close(code)
        live.assert_ended(client)
    assert isinstance(live.only_call().error, RuntimeError)
    assert_logged(caplog)


@pytest.mark.parametrize(
    ("reason", "sent"),
    [
        pytest.param("r" * 123, "r" * 123, id="C15-fits"),
        pytest.param("r" * 124, "r" * 123, id="C15-one-over"),
        pytest.param("r" + "€" * 60, "r" + "€" * 40, id="C15-code-point"),
        pytest.param("r" * 120 + "😀", "r" * 120, id="C15-four-bytes"),
        pytest.param("€" * 10_000, "€" * 41, id="C15-long"),
    ],
)
def test_a_long_reason_is_cut(
    live: Live, caplog: pytest.LogCaptureFixture, reason: str, sent: str
) -> None:
    follow([ACCEPT, close(4000, reason)])
    with live.open() as client:
        assert client.read_close() == (4000, sent)
        client.send_close(4000)
        live.assert_ended(client)
    assert live.only_call().error is None
    warnings = [each for each in caplog.records if each.levelno == logging.WARNING]
    assert len(warnings) == (sent != reason)


@pytest.mark.parametrize(
    "behind",
    [
        pytest.param(close(4001), id="C16-close"),
        pytest.param({"type": "websocket.send", "text": "late"}, id="C16-send"),
        pytest.param(ACCEPT, id="C16-accept"),
    ],
)
def test_nothing_follows_a_close(
    live: Live, caplog: pytest.LogCaptureFixture, behind: Message
) -> None:
    follow([ACCEPT, {"type": "websocket.send", "text": "first"}, close(4000, "bye"), behind])
    with live.open() as client:
        assert client.read_frame() == Frame(TEXT, b"first")
        assert client.read_close() == (4000, "bye")
        client.send_close(4000)
        live.assert_ended(client)
    assert isinstance(live.only_call().error, RuntimeError)
    assert_logged(caplog)


def assert_refused(answer: bytes, status: int) -> None:
    """One response with this status, and not a byte of what was to be injected."""
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert answer.count(b"HTTP/1.1") == 1
    assert b"injected" not in answer.lower()
    assert b"\r\nconnection: close\r\n" in answer


def errors(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [each for each in caplog.records if each.levelno >= logging.ERROR]


def assert_logged(caplog: pytest.LogCaptureFixture) -> None:
    """One error, with the traceback that shows the author the place."""
    (record,) = errors(caplog)
    assert record.name == "wsgate.error"
    assert record.exc_info is not None
