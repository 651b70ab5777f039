"""What a line of the access log says, and what a peer cannot make it say."""

import logging
from collections.abc import Iterator
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsgate.config import Config
from wsgate.observe.access_log import LONGEST, SECRETS, AccessLog, loggable

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


def test_websocket(log: AccessLog, lines: list[str]) -> None:
    log.websocket_opened(CLIENT, b"/chat?room=1&token=abc")
    log.websocket_closed(CLIENT, b"/chat?room=1&token=abc", 1000, 12.345, 5, 123, 6, 456)
    log.websocket_closed(CLIENT, b"/", 1006, 0, 1, 0, 0, 1)
    assert lines == [
        '192.0.2.1:51234 - "WebSocket /chat?room=1&token=[redacted]" open',
        '192.0.2.1:51234 - "WebSocket /chat?room=1&token=[redacted]" closed 1000 after 12.3 s, '
        "in 5 messages 123 bytes, out 6 messages 456 bytes",
        '192.0.2.1:51234 - "WebSocket /" closed 1006 after 0.0 s, '
        "in 1 message 0 bytes, out 0 messages 1 byte",
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


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        pytest.param(b"/", "/", id="root"),
        pytest.param(b"*", "*", id="asterisk"),
        pytest.param(b"", "", id="empty"),
        pytest.param(b"/a%20b/'~!;,?q=%C3%A9&x", "/a%20b/'~!;,?q=%C3%A9&x", id="plain"),
        pytest.param(
            b"/%1b[31m%0aINFO", "/%1b[31m%0aINFO", id="CVE-2020-7694-encoded-stays-encoded"
        ),
        pytest.param(b"/\x1b[31m\nINFO\r\0\x7f", "/%1B[31m%0AINFO%0D%00%7F", id="CVE-2020-7694"),
        pytest.param(b'/a" 200 b\\x', "/a%22%20200%20b%5Cx", id="forged-end-of-quotes"),
        pytest.param(b"/\xc3\xa9\xff\x85", "/%C3%A9%FF%85", id="not-ascii"),
        pytest.param(b"/" + b"x" * (LONGEST - 1), "/" + "x" * (LONGEST - 1), id="longest"),
        pytest.param(b"/" + b"x" * LONGEST, "/" + "x" * (LONGEST - 1) + "[cut]", id="cut"),
        pytest.param(
            b"/?" + b"x" * (LONGEST - 5) + b"&token=abc",
            "/?" + "x" * (LONGEST - 5) + "&to[cut]",
            id="cut-inside-a-name",
        ),
        pytest.param(
            b"/?" + b"x" * (LONGEST - 12) + b"&token=abcdef",
            "/?" + "x" * (LONGEST - 12) + "&token=[redacted][cut]",
            id="cut-inside-a-secret",
        ),
    ],
)
def test_loggable(target: bytes, shown: str) -> None:
    assert loggable(target) == shown


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("separator", ["?", "?a=b&", "?a=b;", "?a&&", "?a=b?"])
def test_secrets_are_redacted(separator: str, name: str) -> None:
    encoded = "".join(f"%{ord(each):02x}" for each in name)
    for spelled in (name, name.upper(), name.title(), encoded, encoded.upper(), encoded[:3]):
        spelled += name[1:] if spelled == encoded[:3] else ""
        for after in ("", "&b=c"):
            target = f"/{separator}{spelled}=S3=S3?S3/%53;S3{after}"
            expected = f"/{separator}{spelled}=[redacted]{after}"
            assert loggable(target.encode()) == expected


@pytest.mark.parametrize(
    "target",
    [
        b"/token=1",
        b"/?tokens=1",
        b"/?my_token=1",
        b"/?x=token=1",
        b"/?token",
        b"/?monkey=1&keys=2",
        b"/?%2574oken=1",
        b"/?access%74token=1",
    ],
)
def test_other_values_stay(target: bytes) -> None:
    assert loggable(target) == target.decode()


def test_several_secrets_beside_bytes_that_are_escaped() -> None:
    target = b'/\xff?key=a"b&x="&SECRET=\n;&x;to%6Ben=%00&token='
    assert loggable(target) == (
        "/%FF?key=[redacted]&x=%22&SECRET=[redacted]&x;to%6Ben=[redacted]&token=[redacted]"
    )


@given(st.binary(max_size=300) | st.binary(max_size=50).map(lambda piece: piece * 200))
def test_any_bytes_are_one_bounded_printable_word(target: bytes) -> None:
    shown = loggable(target)
    assert all("!" <= each <= "~" and each not in '"\\' for each in shown)
    assert len(shown) <= 3 * LONGEST + len("[redacted]") * LONGEST


@given(
    st.lists(
        st.tuples(st.sampled_from((*SECRETS, "%74oken", "KEY", "page")), st.binary(max_size=8)),
        max_size=6,
    )
)
def test_no_application_finds_a_secret_in_the_log(pairs: list[tuple[str, bytes]]) -> None:
    query = b"&".join(name.encode() + b"=" + value for name, value in pairs)
    shown = loggable(b"/?" + query)
    for name, value in parse_qsl(shown.partition("?")[2], keep_blank_values=True):
        assert name.lower() not in SECRETS or value == "[redacted]"


@pytest.mark.parametrize("piece", [b"&token=", b"&to%6Ben", b"?", b"\xff", b"&token=a;", b"%"])
def test_a_megabyte_of_near_matches_is_cut(piece: bytes) -> None:
    assert loggable(b"/?" + piece * (1_000_000 // len(piece))).endswith("[cut]")
