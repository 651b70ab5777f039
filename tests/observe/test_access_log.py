"""What a line of the access log says, and what a peer cannot make it say."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from wsgate.config import Config
from wsgate.observe.access_log import AccessLog, Ending
from wsgate.observe.targets import LONGEST

CLIENT = "192.0.2.1:51234"


class Lines(logging.Handler):
    """Keeps each line as a stream would get it."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        assert record.levelno == logging.INFO
        self.lines.append(self.format(record))


@pytest.fixture
def lines() -> Iterator[list[str]]:
    handler = Lines()
    logger = logging.getLogger("wsgate.access")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    yield handler.lines
    logger.removeHandler(handler)


@pytest.fixture
def log(lines: list[str]) -> AccessLog:
    return AccessLog(Config(app="a:b"))


def test_http(log: AccessLog, lines: list[str]) -> None:
    log.http(CLIENT, "GET", b"/path?x=1", "1.1", 200)
    log.http("", "OPTIONS", b"*", "1.0", 404)
    log.http(CLIENT, "GET", b"/left", "1.1", 0)
    assert lines == [
        '192.0.2.1:51234 - "GET /path?x=1 HTTP/1.1" 200',
        ' - "OPTIONS * HTTP/1.0" 404',
        '192.0.2.1:51234 - "GET /left HTTP/1.1" 499',
    ]


def ending(**changes: Any) -> Ending:
    values: dict[str, Any] = {
        "code": 1000,
        "cause": "peer",
        "initiator": "peer",
        "duration": 12.345,
        "messages_in": 5,
        "bytes_in": 123,
        "messages_out": 6,
        "bytes_out": 456,
    }
    return Ending(**values | changes)


def test_websocket(log: AccessLog, lines: list[str]) -> None:
    target = b"/chat?room=1&token=abc"
    log.websocket_opened(CLIENT, target)
    log.websocket_closed(CLIENT, target, ending())
    begin = '192.0.2.1:51234 - "WebSocket /chat?room=1&token=[redacted]"'
    assert lines == [
        f"{begin} open",
        f"{begin} closed 1000 (peer, by the peer) after 12.3 s, "
        "in 5 messages 123 bytes, out 6 messages 456 bytes",
    ]


def test_websocket_with_all_that_can_be_told(log: AccessLog, lines: list[str]) -> None:
    told = {"compression_in": 3.14, "compression_out": 1.0, "ping": 0.0213}
    silent = {"code": 1006, "cause": "ping_timeout", "initiator": "server"}
    log.websocket_closed(CLIENT, b"/", ending(messages_in=1, bytes_out=1, **silent, **told))
    assert lines == [
        '192.0.2.1:51234 - "WebSocket /" closed 1006 (ping_timeout, by the server) after 12.3 s, '
        "in 1 message 123 bytes, out 6 messages 1 byte, "
        "compression in 3.1, compression out 1.0, ping 0.021 s"
    ]


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("the Host field is missing", "the Host field is missing"),
        ('the field name "a b" is no token', 'the field name "a b" is no token'),
        ("bad\r\nINFO: fine\x1b[31m", "bad%0D%0AINFO: fine%1B[31m"),
        ("caf\xe9 \u2028", "caf%C3%A9 %E2%80%A8"),
        ("half \ud83d", r"half \ud83d"),
        ("x" * (LONGEST + 1), "x" * LONGEST),
    ],
)
def test_refused(log: AccessLog, lines: list[str], message: str, shown: str) -> None:
    log.refused(CLIENT, 400, message)
    assert lines == [f"192.0.2.1:51234 - refused 400: {shown}"]


def test_a_long_method_is_cut(log: AccessLog, lines: list[str]) -> None:
    log.http(CLIENT, "X" * 16_000, b"/", "1.1", 501)
    assert lines == [f'192.0.2.1:51234 - "{"X" * 32} / HTTP/1.1" 501']


def test_enabled(lines: list[str]) -> None:
    logger = logging.getLogger("wsgate.access")
    assert AccessLog(Config(app="a:b")).enabled
    assert not AccessLog(Config(app="a:b", access_log=False)).enabled
    logger.setLevel(logging.WARNING)
    assert not AccessLog(Config(app="a:b")).enabled
    logger.setLevel(logging.INFO)
    logger.disabled = True
    assert not AccessLog(Config(app="a:b")).enabled


def test_R33_what_a_peer_does_wrong_fills_no_log(lines: list[str]) -> None:
    log = AccessLog(Config(app="a:b", log_repeats=2))
    for _ in range(5):
        log.refused(CLIENT, 400, "no")
        log.http(CLIENT, "POST", b"/", "1.1", 408, "timeout.body")
        log.websocket_closed(CLIENT, b"/", ending(code=1002, cause="protocol", initiator="server"))
    log.close()
    assert len(lines) == 3 * 2 + 3
    assert sorted(lines)[:3] == [
        "192.0.2.1 - 3 more of protocol in 0 s",
        "192.0.2.1 - 3 more of refused 400 in 0 s",
        "192.0.2.1 - 3 more of timeout.body in 0 s",
    ]


def test_who_does_nothing_wrong_is_always_logged(lines: list[str]) -> None:
    log = AccessLog(Config(app="a:b", log_repeats=1))
    for _ in range(50):
        log.http(CLIENT, "GET", b"/", "1.1", 404)
        log.websocket_opened(CLIENT, b"/")
        log.websocket_closed(CLIENT, b"/", ending())
    assert len(lines) == 150
