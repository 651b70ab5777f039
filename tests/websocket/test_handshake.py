from typing import Any

import pytest

from wsgate.websocket.handshake import (
    HandshakeError,
    OpeningHandshake,
    accept_key,
    application_headers,
    parse_opening_handshake,
)
from wsgate.websocket.headers import ExtensionOffer

Headers = list[tuple[bytes, bytes]]

KEY = b"x3JJHMbDL1EzLkh9GBhXDw=="
ACCEPT = b"HSmrc0sMlYUkAGmm5OPpG2HaGWk="
VERSION = b"sec-websocket-version"
PROTOCOL = b"sec-websocket-protocol"
EXTENSIONS = b"sec-websocket-extensions"
SUPPORTED_VERSION = (VERSION, b"13")
SUPPORTED_UPGRADE = [SUPPORTED_VERSION, (b"upgrade", b"websocket"), (b"connection", b"upgrade")]


def request(**changes: bytes | list[bytes]) -> Headers:
    """Headers of a valid request with fields replaced or added: a list is several fields."""
    fields: dict[str, bytes | list[bytes]] = {
        "host": b"example.com",
        "upgrade": b"websocket",
        "connection": b"Upgrade",
        "sec_websocket_version": b"13",
        "sec_websocket_key": KEY,
        **changes,
    }
    return [
        (name.replace("_", "-").encode(), value)
        for name, values in fields.items()
        for value in ([values] if isinstance(values, bytes) else values)
    ]


def version(*values: bytes) -> Headers:
    return request(sec_websocket_version=list(values))


def key(*values: bytes) -> Headers:
    return request(sec_websocket_key=list(values))


def protocol(*values: bytes) -> Headers:
    return request(sec_websocket_protocol=list(values))


def extensions(*values: bytes) -> Headers:
    return request(sec_websocket_extensions=list(values))


def parse(headers: Headers) -> OpeningHandshake:
    return parse_opening_handshake("GET", headers, has_body=False)


def test_a_plain_request() -> None:
    handshake = parse(request())
    assert handshake == OpeningHandshake(key=KEY, subprotocols=[], extensions=[])


@pytest.mark.parametrize(
    ("headers", "status", "extra"),
    [
        pytest.param(version(b"12"), 426, SUPPORTED_UPGRADE, id="U01-12"),
        pytest.param(version(b"013"), 426, SUPPORTED_UPGRADE, id="U01-013"),
        pytest.param(version(b"13, 12"), 426, SUPPORTED_UPGRADE, id="U01-list"),
        pytest.param(version(b"13", b"13"), 426, SUPPORTED_UPGRADE, id="U01-twice"),
        pytest.param(version(b""), 426, SUPPORTED_UPGRADE, id="U01-empty"),
        pytest.param(version(), 400, [SUPPORTED_VERSION], id="U02"),
        pytest.param(key(), 400, [], id="U03"),
        pytest.param(key(b""), 400, [], id="U04-empty"),
        pytest.param(key(b"AAAAAAAAAAAAAAAAAAAA"), 400, [], id="U04-15-bytes"),
        pytest.param(key(b"AAAAAAAAAAAAAAAAAAAAAAA="), 400, [], id="U04-17-bytes"),
        pytest.param(key(b"AAAAAAAAAAAAAAAAAAAAAAAA"), 400, [], id="U04-18-bytes"),
        pytest.param(key(b"A" * 43 + b"="), 400, [], id="U04-32-bytes"),
        pytest.param(key(b"A" * 22), 400, [], id="U05-no-padding"),
        pytest.param(key(b"AAAAAAAAAA-_AAAAAAAAAA=="), 400, [], id="U05-url-alphabet"),
        pytest.param(key(b"AAAAAAAAAA AAAAAAAAAAA=="), 400, [], id="U05-space"),
        pytest.param(key(b"AAAAAAAAAAAA=AAAAAAAAA=="), 400, [], id="U05-padding-inside"),
        pytest.param(key(b"AAAAAAAAAAAA\xe9AAAAAAAAA=="), 400, [], id="U05-not-ascii"),
        pytest.param(key(KEY, KEY), 400, [], id="U06"),
        pytest.param(key(KEY + b", " + KEY), 400, [], id="U06-list"),
        pytest.param(request(transfer_encoding=b"chunked"), 400, [], id="U12-transfer-encoding"),
        pytest.param(request(transfer_encoding=b"identity"), 400, [], id="U12-identity"),
        pytest.param(protocol(b""), 400, [], id="U17-empty"),
        pytest.param(protocol(b"a,,b"), 400, [], id="U17-empty-element"),
        pytest.param(protocol(b"a", b""), 400, [], id="U17-empty-field"),
        pytest.param(protocol(b"a, b, a"), 400, [], id="U17-repeated"),
        pytest.param(protocol(b"a", b"b, a"), 400, [], id="U17-repeated-over-fields"),
        pytest.param(protocol(b"a b"), 400, [], id="U17-no-token"),
        pytest.param(protocol(b'"a"'), 400, [], id="U17-quoted"),
        pytest.param(protocol("chät".encode()), 400, [], id="U17-not-ascii"),
        pytest.param(protocol(b" " * 50_000), 400, [], id="U23-spaces"),
        pytest.param(extensions(b""), 400, [], id="U19-empty"),
        pytest.param(extensions(b","), 400, [], id="U19-no-element"),
        pytest.param(extensions(b"a b"), 400, [], id="U19-space"),
        pytest.param(extensions(b"a;"), 400, [], id="U19-no-parameter"),
        pytest.param(extensions(b"a; b="), 400, [], id="U19-no-value"),
        pytest.param(extensions(b"a; =b"), 400, [], id="U19-no-name"),
        pytest.param(extensions(b'a; b="c'), 400, [], id="U19-unclosed"),
        pytest.param(extensions(b'a; b="c d"'), 400, [], id="U19-quoted-no-token"),
        pytest.param(extensions(b'a; b=""'), 400, [], id="U19-quoted-empty"),
        pytest.param(extensions(b"a\xff"), 400, [], id="U19-not-ascii"),
        pytest.param(extensions(b';x="\\c\\c' * 6_250), 400, [], id="U23-escapes"),
    ],
)
def test_refusals(headers: Headers, status: int, extra: Headers) -> None:
    with pytest.raises(HandshakeError) as refused:
        parse(headers)
    assert refused.value.status == status
    assert refused.value.headers == extra
    assert refused.value.message == str(refused.value)
    assert refused.value.message.isascii()
    assert refused.value.message.endswith(".")


@pytest.mark.parametrize("method", [pytest.param(m, id=f"U10-{m}") for m in ("POST", "get", "PUT")])
def test_only_get(method: str) -> None:
    with pytest.raises(HandshakeError) as refused:
        parse_opening_handshake(method, request(), has_body=False)
    assert refused.value.status == 405
    assert refused.value.headers == [(b"allow", b"GET")]


@pytest.mark.parametrize("status", [pytest.param(400, id="U12-content-length")])
def test_no_body(status: int) -> None:
    with pytest.raises(HandshakeError) as refused:
        parse_opening_handshake("GET", request(content_length=b"1"), has_body=True)
    assert refused.value.status == status


def test_another_version_is_told_before_what_it_could_have_changed() -> None:
    with pytest.raises(HandshakeError) as refused:
        parse(request(sec_websocket_version=b"14", sec_websocket_key=b"?"))
    assert refused.value.status == 426


def test_a_refusal_does_not_share_its_headers() -> None:
    for _ in range(2):
        with pytest.raises(HandshakeError) as refused:
            parse(version(b"12"))
        assert refused.value.headers == SUPPORTED_UPGRADE
        refused.value.headers.clear()


def test_a_content_length_of_zero_is_no_body() -> None:
    assert parse(request(content_length=b"0")).key == KEY


@pytest.mark.parametrize("value", [b"AAAAAAAAAAAAAAAAAAAAAA==", b"abcdefghijklmnopqrstuv=="])
def test_a_key_may_have_any_spare_bits(value: bytes) -> None:
    assert parse(key(value)).key == value


def test_subprotocols_keep_the_order_of_the_client() -> None:
    assert parse(protocol(b"c, b", b"a")).subprotocols == ["c", "b", "a"]


def test_subprotocols_differ_by_case() -> None:
    assert parse(protocol(b"chat, Chat")).subprotocols == ["chat", "Chat"]


@pytest.mark.parametrize(
    ("headers", "offers"),
    [
        pytest.param(extensions(b"x-unknown"), [ExtensionOffer("x-unknown", ())], id="U20"),
        pytest.param(
            extensions(b'p; bits="10"'), [ExtensionOffer("p", (("bits", "10"),))], id="U21"
        ),
        pytest.param(
            extensions(b"b", b"a"), [ExtensionOffer("b", ()), ExtensionOffer("a", ())], id="U22"
        ),
        pytest.param(
            extensions(b"constructor, __class__"),
            [ExtensionOffer("constructor", ()), ExtensionOffer("__class__", ())],
            id="U24",
        ),
    ],
)
def test_offers(headers: Headers, offers: list[ExtensionOffer]) -> None:
    handshake = parse(headers)
    assert handshake.extensions == offers
    # Nothing is agreed on unless the caller says so.
    assert EXTENSIONS not in dict(handshake.response_headers(None))


@pytest.mark.parametrize(
    ("client_key", "accept"),
    [
        pytest.param(KEY, ACCEPT, id="U25"),
        pytest.param(
            b"dGhlIHNhbXBsZSBub25jZQ==", b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", id="U25-rfc-example"
        ),
    ],
)
def test_accept_key(client_key: bytes, accept: bytes) -> None:
    assert accept_key(client_key) == accept
    response = parse(key(client_key)).response_headers(None)
    assert dict(response)[b"sec-websocket-accept"] == accept


@pytest.mark.parametrize("chosen", [pytest.param(None, id="U18")])
def test_a_plain_response(chosen: None) -> None:
    assert parse(protocol(b"chat")).response_headers(chosen) == [
        (b"upgrade", b"websocket"),
        (b"connection", b"Upgrade"),
        (b"sec-websocket-accept", ACCEPT),
    ]


def test_a_full_response() -> None:
    handshake = parse(protocol(b"chat, superchat"))
    response = handshake.response_headers("superchat", "permessage-deflate")
    assert response[3:] == [(PROTOCOL, b"superchat"), (EXTENSIONS, b"permessage-deflate")]


def test_the_headers_of_the_application() -> None:
    headers = [(b"X-Trace", b"1"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
    assert application_headers(iter(headers)) == [
        (b"x-trace", b"1"),
        (b"set-cookie", b"a=1"),
        (b"set-cookie", b"b=2"),
    ]


# What applications do wrong, whatever the annotations say.
@pytest.mark.parametrize(
    "subprotocol",
    [
        pytest.param("other", id="U16-not-offered"),
        pytest.param("", id="U16-empty"),
        pytest.param("CHAT", id="U16-case"),
        pytest.param(b"chat", id="U16-bytes"),
        pytest.param(["chat"], id="U16-list"),
    ],
)
def test_a_subprotocol_that_was_not_offered(subprotocol: Any) -> None:
    with pytest.raises(ValueError, match="subprotocol must be None or one"):
        parse(protocol(b"chat")).response_headers(subprotocol)


@pytest.mark.parametrize(
    ("headers", "sentence"),
    [
        pytest.param([(b"a", b"1\r\nb: 2")], "CR, LF or NUL", id="U27-crlf"),
        pytest.param([(b"a", b"1\n")], "CR, LF or NUL", id="U27-lf"),
        pytest.param([(b"a", b"1\r")], "CR, LF or NUL", id="U27-cr"),
        pytest.param([(b"a", b"\0")], "CR, LF or NUL", id="U27-nul"),
        pytest.param([(b"a\r\nb", b"1")], "must be a token", id="U27-name"),
        pytest.param([(b"", b"1")], "must be a token", id="U27-no-name"),
        pytest.param([(b"Upgrade", b"h2c")], "must not contain b'upgrade'", id="U28-upgrade"),
        pytest.param([(b"connection", b"close")], "must not contain", id="U28-connection"),
        pytest.param([(PROTOCOL, b"chat")], "message's own field", id="U28-protocol"),
        pytest.param([(b"Sec-WebSocket-X", b"")], "must not contain", id="U28-any"),
        pytest.param([(b"content-length", b"0")], "must not contain", id="content-length"),
        pytest.param([(b"transfer-encoding", b"x")], "must not contain", id="te"),
        pytest.param([("a", b"1")], "pairs of bytes", id="str-name"),
        pytest.param([(b"a", 1)], "pairs of bytes", id="int-value"),
        pytest.param([(b"a", b"1", b"2")], "iterable of", id="triple"),
        pytest.param([None], "iterable of", id="no-pair"),
        pytest.param(5, "iterable of", id="no-iterable"),
    ],
)
def test_wrong_headers_of_the_application(headers: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        application_headers(headers)
