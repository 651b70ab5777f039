"""What Connection, Upgrade and Expect ask for (RFC 9112 section 9, RFC 9110 sections 7.8, 10.1)."""

import pytest

from tests.http1.feeding import one
from tests.http1.vectors import head
from wsgate.http1.parser import HeadParser

GET = b"GET / HTTP/1.1"
GET_1_0 = b"GET / HTTP/1.0"


@pytest.mark.parametrize(
    ("line", "connection", "keep_alive"),
    [
        pytest.param(GET, [], True, id="1.1"),
        pytest.param(GET, [b"close"], False, id="1.1-close"),
        pytest.param(GET, [b"x , CLOSE,"], False, id="1.1-list"),
        pytest.param(GET, [b"x", b"close"], False, id="1.1-two-fields"),
        pytest.param(GET, [b"close, keep-alive"], False, id="1.1-both"),
        pytest.param(GET, [b"closed"], True, id="1.1-another-token"),
        pytest.param(GET_1_0, [], False, id="1.0"),
        pytest.param(GET_1_0, [b"Keep-Alive"], True, id="1.0-keep-alive"),
        pytest.param(GET_1_0, [b"keep-alive, close"], False, id="1.0-both"),
    ],
)
def test_keep_alive(
    parse_head: HeadParser, line: bytes, connection: list[bytes], keep_alive: bool
) -> None:
    fields = [b"Connection: " + value for value in connection]
    assert one(parse_head, head(*fields, line=line)).keep_alive is keep_alive


@pytest.mark.parametrize(
    ("line", "connection", "protocols", "upgrade"),
    [
        pytest.param(GET, b"Upgrade", b"websocket", True, id="U08"),
        pytest.param(GET, b"Upgrade", b"WebSocket", True, id="U08-case"),
        pytest.param(GET, b"Upgrade", b"x/1, websocket", True, id="U08-list"),
        pytest.param(GET, b"Upgrade", b"websocket/13", False, id="U08-version"),
        pytest.param(GET, b"keep-alive", b"websocket", False, id="U09-no-connection"),
        pytest.param(GET, b"x-upgrade", b"websocket", False, id="U09-another-token"),
        pytest.param(GET, b"keep-alive, Upgrade", b"websocket", True, id="U09-list"),
        pytest.param(GET, b"close, upgrade", b"websocket", True, id="U09-close"),
        pytest.param(b"POST / HTTP/1.1", b"Upgrade", b"websocket", True, id="U10"),
        pytest.param(GET_1_0, b"Upgrade", b"websocket", False, id="U11"),
        pytest.param(GET, b"Upgrade, HTTP2-Settings", b"h2c", False, id="U13"),
    ],
)
def test_upgrade(
    parse_head: HeadParser, line: bytes, connection: bytes, protocols: bytes, upgrade: bool
) -> None:
    stream = head(b"Connection: " + connection, b"Upgrade: " + protocols, line=line)
    assert one(parse_head, stream).upgrade is upgrade


@pytest.mark.parametrize("field", [b"Connection: Upgrade", b"Upgrade: websocket"])
def test_U07_one_field_alone_is_no_upgrade(parse_head: HeadParser, field: bytes) -> None:
    assert not one(parse_head, head(field)).upgrade


@pytest.mark.parametrize("framing", [b"Content-Length: 2", b"Transfer-Encoding: chunked"])
def test_U12_an_upgrade_with_a_body_is_seen_as_such(parse_head: HeadParser, framing: bytes) -> None:
    request = one(parse_head, head(b"Connection: Upgrade", b"Upgrade: websocket", framing))
    assert request.upgrade
    assert request.has_body


@pytest.mark.parametrize(
    ("line", "framing", "expected"),
    [
        pytest.param(b"POST / HTTP/1.1", b"Content-Length: 1", True, id="length"),
        pytest.param(b"POST / HTTP/1.1", b"Transfer-Encoding: chunked", True, id="chunked"),
        pytest.param(b"POST / HTTP/1.1", b"Content-Length: 0", False, id="nothing-to-wait-for"),
        pytest.param(b"POST / HTTP/1.0", b"Content-Length: 1", False, id="ignored-in-1.0"),
    ],
)
def test_expect_continue(
    parse_head: HeadParser, line: bytes, framing: bytes, expected: bool
) -> None:
    request = one(parse_head, head(b"Expect: 100-Continue", framing, line=line))
    assert request.expect_continue is expected
