"""What else a trusted proxy may tell, field by field, and what a client cannot forge."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.asgi.applications import Seen
from tests.client import Client
from tests.net.test_tls import telling
from tests.serving import serve
from wsgate.asgi.types import Address, Headers
from wsgate.net.forwarded import ForwardedPolicy
from wsgate.net.forwarded_fields import ForwardedFields, parse_forwarded

PROXY = ("127.0.0.1", 40_000)
SERVER = ("10.0.0.1", 8000)
TRUSTED = ["127.0.0.1", "10.0.0.0/8", "unix:"]
ALL = ("x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port")
RFC_7239 = ("forwarded",)


def apply(
    names: tuple[str, ...], headers: Headers, peer: Address | None = PROXY
) -> tuple[Address | None, str, object, bytes]:
    """Client, scheme, server and Host."""
    fields = ForwardedFields(ForwardedPolicy(TRUSTED), names)
    headers = [(b"host", b"inside:8000"), *headers]
    client, scheme, server = fields.apply(headers, peer, "http", SERVER)
    (host,) = (value for name, value in headers if name == b"host")
    return client, scheme, server, host


UNCHANGED = (PROXY, "http", SERVER, b"inside:8000")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param({}, UNCHANGED, id="nothing"),
        pytest.param(
            {"for": b"203.0.113.9, 10.0.0.2", "proto": b"https"},
            (("203.0.113.9", 0), "https", SERVER, b"inside:8000"),
            id="client-and-scheme",
        ),
        pytest.param({"host": b"example.com"}, (PROXY, "http", SERVER, b"example.com"), id="host"),
        pytest.param(
            {"host": b"evil.example, example.com:8443"},
            (PROXY, "http", SERVER, b"example.com:8443"),
            id="last-host",
        ),
        pytest.param({"host": b"a/b"}, UNCHANGED, id="no-host"),
        pytest.param({"host": b"a\tb"}, UNCHANGED, id="white-space-in-host"),
        pytest.param({"host": b"example.com,"}, UNCHANGED, id="empty-host"),
        pytest.param(
            {"host": b"example.com", "port": b"8443"},
            (PROXY, "http", ("10.0.0.1", 8443), b"example.com:8443"),
            id="host-and-port",
        ),
        pytest.param(
            {"host": b"example.com", "port": b"443", "proto": b"https"},
            (PROXY, "https", ("10.0.0.1", 443), b"example.com"),
            id="usual-port",
        ),
        pytest.param(
            {"host": b"[2001:db8::1]", "port": b"81"},
            (PROXY, "http", ("10.0.0.1", 81), b"[2001:db8::1]:81"),
            id="port-of-IPv6",
        ),
        *(
            pytest.param({"port": port}, UNCHANGED, id=f"port-{port!r}")
            for port in (b"0", b"65536", b"-1", b"8o", b"999999", b"", b"\xb2")
        ),
        pytest.param({"proto": b"gopher"}, UNCHANGED, id="no-scheme"),
    ],
)
def test_x_forwarded(
    headers: dict[str, bytes], expected: tuple[Address, str, object, bytes]
) -> None:
    fields = [(f"x-forwarded-{name}".encode(), value) for name, value in headers.items()]
    assert apply(ALL, fields) == expected
    assert apply(ALL, fields, ("192.0.2.1", 5)) == (("192.0.2.1", 5), *UNCHANGED[1:])
    assert apply(RFC_7239, fields) == UNCHANGED


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        pytest.param(
            b'for=203.0.113.9;proto=https;host="example.com:8443"',
            (("203.0.113.9", 0), "https", SERVER, b"example.com:8443"),
            id="all",
        ),
        pytest.param(
            b'For="[2001:db8::1]:4711" ; Proto=HTTPS',
            (("2001:db8::1", 4711), "https", SERVER, b"inside:8000"),
            id="IPv6-and-case",
        ),
        pytest.param(
            b"for=6.6.6.6;host=evil.example, for=203.0.113.9;proto=https;host=example.com, "
            b"for=10.0.0.2;proto=http;host=inside",
            (("203.0.113.9", 0), "https", SERVER, b"example.com"),
            id="rightmost-untrusted",
        ),
        pytest.param(
            b"for=6.6.6.6, for=unknown;proto=https",
            (PROXY, "https", SERVER, b"inside:8000"),
            id="unknown-ends",
        ),
        pytest.param(
            b"for=6.6.6.6, for=_hidden, for=10.0.0.2",
            (("10.0.0.2", 0), "http", SERVER, b"inside:8000"),
            id="hidden-ends",
        ),
        pytest.param(
            b'for="203.0.113.\\9"', (("203.0.113.9", 0), *UNCHANGED[1:]), id="quoted-pair"
        ),
        pytest.param(b'for="6.6.6.6, for=203.0.113.9', UNCHANGED, id="open-quote"),
        pytest.param(
            b'for="x, for="[2001:db8::1]:4711"', UNCHANGED, id="open-quote-and-a-quote-of-ours"
        ),
        pytest.param(b"for=6.6.6.6;for=203.0.113.9", UNCHANGED, id="twice"),
        pytest.param(b"for 203.0.113.9", UNCHANGED, id="no-pair"),
        pytest.param(b"for=203.0.113.9;host=a/b", UNCHANGED, id="no-token"),
        pytest.param(
            b'for=203.0.113.9;host="a/b"', (("203.0.113.9", 0), *UNCHANGED[1:]), id="no-host"
        ),
        pytest.param(b"", UNCHANGED, id="empty"),
    ],
)
def test_forwarded(field: bytes, expected: tuple[Address, str, object, bytes]) -> None:
    fields = [(b"forwarded", field)]
    assert apply(RFC_7239, fields) == expected
    assert apply(RFC_7239, fields, ("192.0.2.1", 5)) == (("192.0.2.1", 5), *UNCHANGED[1:])
    assert apply(ALL, fields) == UNCHANGED


def test_elements_in_several_fields() -> None:
    fields = [(b"forwarded", b"for=203.0.113.9"), (b"forwarded", b"for=10.0.0.2")]
    assert apply(RFC_7239, fields)[0] == ("203.0.113.9", 0)


@given(st.binary(max_size=60))
def test_whatever_stands_there(junk: bytes) -> None:
    parse_forwarded(junk)
    for names in (ALL, RFC_7239):
        apply(names, [(name.encode(), junk) for name in (*ALL, *RFC_7239)])


MANY = b";".join(b"a%d=b" % number for number in range(9000))


@pytest.mark.parametrize("junk", [b'for="' + b"\\" * 60_000, MANY, b"a" * 60_000], ids=len)
def test_long_junk_takes_no_long_time(junk: bytes) -> None:
    assert apply(RFC_7239, [(b"forwarded", junk)]) == UNCHANGED


def test_same_origin_is_the_host_that_the_client_asked_for(seen: Seen) -> None:
    options = {"lifespan": "off", "forwarded_fields": ALL, "allow_origins": ["same-origin"]}
    origin = ("Origin", "https://example.com")
    told = [("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "example.com"), origin]
    with serve(telling(seen), **options) as server, Client(server.connect()) as client:
        client.refused_websocket(headers=told)
        scope = seen.take()
    assert scope["scheme"] == "wss"
    assert (b"host", b"example.com") in scope["headers"]
