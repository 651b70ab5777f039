"""The PROXY header: what it tells, who has to write one, and what is refused."""

from __future__ import annotations

import socket
import ssl
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.asgi.applications import Seen
from tests.client import Client, make_request
from tests.conftest import Serve
from tests.e2e.certificate import make_certificate
from tests.net.secure import context
from tests.net.test_tls import telling
from wsgate.config import Config
from wsgate.errors import ConfigError
from wsgate.net.proxy_protocol import ProxyHeader, parse_proxy_header

SHORT, LONG = 0.2, 3600.0

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
CLIENT, SERVER = ("203.0.113.9", 56_324), ("192.0.2.1", 443)
CLIENT_6, SERVER_6 = ("2001:db8::9", 56_324), ("2001:db8::1", 443)
TEXT = b"PROXY TCP4 203.0.113.9 192.0.2.1 56324 443\r\n"


def binary(
    body: bytes = b"", *, command: int = 0x21, family: int = 0x11, length: int | None = None
) -> bytes:
    size = len(body) if length is None else length
    return SIGNATURE + struct.pack("!BBH", command, family, size) + body


def ends(client: tuple[str, int] = CLIENT, server: tuple[str, int] = SERVER) -> bytes:
    family = socket.AF_INET6 if ":" in client[0] else socket.AF_INET
    hosts = (socket.inet_pton(family, host) for host, _ in (client, server))
    return b"".join(hosts) + struct.pack("!HH", client[1], server[1])


def extension(kind: int, value: bytes) -> bytes:
    return struct.pack("!BH", kind, len(value)) + value


def tls(flags: int) -> bytes:
    return extension(0x20, struct.pack("!BI", flags, 0) + extension(0x21, b"TLSv1.3"))


HEADERS = {
    "1-TCP4": (TEXT, (CLIENT, SERVER, False)),
    "1-TCP6": (
        b"PROXY TCP6 2001:db8::9 2001:DB8:0::1 56324 443\r\n",
        (CLIENT_6, SERVER_6, False),
    ),
    "1-mapped": (
        b"PROXY TCP6 ::ffff:203.0.113.9 ::ffff:192.0.2.1 56324 443\r\n",
        (CLIENT, SERVER, False),
    ),
    "1-unknown": (b"PROXY UNKNOWN\r\n", (None, None, False)),
    "1-unknown-and-more": (
        b"PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n",
        (None, None, False),
    ),
    "2-TCP4": (binary(ends()), (CLIENT, SERVER, False)),
    "2-TCP6": (binary(ends(CLIENT_6, SERVER_6), family=0x21), (CLIENT_6, SERVER_6, False)),
    "2-local": (binary(command=0x20, family=0), (None, None, False)),
    "2-local-with-addresses": (binary(ends(), command=0x20), (None, None, False)),
    "2-unspecified": (binary(b"whatever", family=0), (None, None, False)),
    "2-unix": (binary(b"\0" * 216, family=0x31), (None, None, False)),
    "2-extensions": (
        binary(ends() + extension(0x04, b"") + extension(0x05, b"id")),
        (CLIENT, SERVER, False),
    ),
    "2-tls": (binary(ends() + extension(0x01, b"h2") + tls(0x01)), (CLIENT, SERVER, True)),
    "2-no-tls": (binary(ends() + tls(0x00)), (CLIENT, SERVER, False)),
}


@pytest.mark.parametrize(("header", "told"), HEADERS.values(), ids=HEADERS.keys())
@pytest.mark.parametrize("behind", [b"", b"GET / HTTP/1.1\r\n", b"\r\n", b"PROXY "], ids=repr)
def test_header(header: bytes, told: tuple[object, ...], behind: bytes) -> None:
    parsed = parse_proxy_header(header + behind)
    assert parsed == ProxyHeader(len(header), *told)  # type: ignore[arg-type]
    for size in range(len(header)):
        assert parse_proxy_header(header[:size]) is None


MALFORMED = {
    "no-header": b"GET / HTTP/1.1\r\n",
    "small": b"proxy TCP4",
    "1-family": b"PROXY TCP5 1.2.3.4 1.2.3.4 1 2\r\n",
    "1-UDP": b"PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n",
    "1-two-spaces": b"PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n",
    "1-zero": b"PROXY TCP4 01.2.3.4 1.2.3.4 1 2\r\n",
    "1-octet": b"PROXY TCP4 1.2.3.256 1.2.3.4 1 2\r\n",
    "1-wrong-family": b"PROXY TCP4 ::1 ::1 1 2\r\n",
    "1-other-wrong-family": b"PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n",
    "1-port": b"PROXY TCP4 1.2.3.4 1.2.3.4 65536 2\r\n",
    "1-zero-in-port": b"PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n",
    "1-no-ports": b"PROXY TCP4 1.2.3.4 1.2.3.4\r\n",
    "1-LF": b"PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n",
    "1-too-long": b"PROXY UNKNOWN " + b"x" * 93,
    "1-no-end": b"PROXY TCP4 " + b"1" * 100,
    "1-unicode": "PROXY TCP4 1.2.3.4 1.2.3.4 1 \u0662\r\n".encode(),
    "2-version": binary(ends(), command=0x11),
    "2-command": binary(ends(), command=0x22),
    "2-UDP": binary(ends(), family=0x12),
    "2-family": binary(ends(), family=0x41),
    "2-short": binary(ends()[:-1]),
    "2-short-6": binary(ends(), family=0x21),
    "2-extension-cut": binary(ends() + b"\x01"),
    "2-extension-too-long": binary(ends() + b"\x01\x00\x05abc"),
}


@pytest.mark.parametrize("header", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed(header: bytes) -> None:
    with pytest.raises(ValueError, match=r"^the (PROXY header|connection must)"):
        parse_proxy_header(header)


@given(st.sampled_from([b"", b"PROXY ", b"PROXY TCP4 ", SIGNATURE, SIGNATURE + b"\x21\x11\x00"]),
       st.binary(max_size=64))  # fmt: skip
def test_whatever_comes(begin: bytes, junk: bytes) -> None:
    try:
        header = parse_proxy_header(begin + junk)
    except ValueError:
        return
    assert header is None or header.size <= len(begin + junk)


@pytest.mark.parametrize("name", ["1-TCP4", "2-tls"])
def test_scope(ws_serving: Serve, seen: Seen, name: str) -> None:
    header, (client_end, server_end, secure) = HEADERS[name]
    with ws_serving(telling(seen), proxy_protocol=True) as server:
        for split in (len(header), 5):
            with Client(server.connect()) as client:
                client.send(header[:split])
                client.send(header[split:] + make_request())
                assert client.read_response().status == 200
                assert client.request().status == 200
            for _ in range(2):
                scope = seen.take()
                assert (scope["client"], scope["server"]) == (client_end, server_end)
                assert scope["scheme"] == ("https" if secure else "http")
                assert scope["extensions"] == {}


def test_the_proxy_itself_asks(ws_serving: Serve, seen: Seen) -> None:
    with ws_serving(telling(seen), proxy_protocol=True) as server:
        with Client(server.connect()) as client:
            client.send(binary(command=0x20, family=0) + make_request())
            assert client.read_response().status == 200
        scope = seen.take()
    assert (scope["client"][0], scope["server"]) == ("127.0.0.1", ("127.0.0.1", server.port))


def test_forwarded_fields_of_a_client_behind_the_proxy(ws_serving: Serve, seen: Seen) -> None:
    """They count where the client that the header tells of is trusted, too."""
    told = [("X-Forwarded-For", "198.51.100.7")]
    options = {"proxy_protocol": True, "forwarded_allow_ips": ["127.0.0.1", "192.0.2.77"]}
    with ws_serving(telling(seen), **options) as server:
        for source, expected in (("203.0.113.9", CLIENT), ("192.0.2.77", ("198.51.100.7", 0))):
            with Client(server.connect()) as client:
                client.send(binary(ends((source, CLIENT[1]))) + make_request(headers=told))
                assert client.read_response().status == 200
            assert seen.take()["client"] == expected


@pytest.mark.parametrize("name", ["no-header", "1-port", "2-short"])
def test_refused(ws_serving: Serve, seen: Seen, name: str) -> None:
    serving = ws_serving(telling(seen), proxy_protocol=True)
    with serving as server, Client(server.connect()) as client:
        client.send(MALFORMED[name] + b"Host: x\r\n\r\n")
        response = client.read_response()
        assert response.status == 400
        assert b"PROXY header" in response.body
        assert client.read_all() == b""
    assert seen.empty


def test_a_stranger_needs_none_and_is_believed_none(ws_serving: Serve, seen: Seen) -> None:
    options = {"proxy_protocol": True, "forwarded_allow_ips": ["192.0.2.1"]}
    with ws_serving(telling(seen), **options) as server:
        with Client(server.connect()) as client:
            assert client.request().status == 200
            assert seen.take()["client"][0] == "127.0.0.1"
        with Client(server.connect()) as client:
            client.send(TEXT + make_request())
            assert client.read_response().status == 400
    assert seen.empty


@pytest.mark.parametrize("begun", [b"", TEXT[:9]], ids=["silent", "begun"])
def test_R02_a_header_that_does_not_come(ws_serving: Serve, seen: Seen, begun: bytes) -> None:
    options = {"proxy_protocol": True, "timeout_handshake": SHORT}
    with ws_serving(telling(seen), **options) as server, Client(server.connect()) as client:
        client.send(begun)
        assert client.read_all() == b""


def test_an_end_within_the_header(ws_serving: Serve, seen: Seen) -> None:
    options = {"proxy_protocol": True, "timeout_handshake": LONG}
    with ws_serving(telling(seen), **options) as server, Client(server.connect()) as client:
        client.send(TEXT[:9])
        client.finish()
        assert client.read_all() == b""


def test_a_stop_waits_for_no_header(ws_serving: Serve, seen: Seen) -> None:
    options = {"proxy_protocol": True, "timeout_handshake": LONG, "timeout_graceful_shutdown": LONG}
    with ws_serving(telling(seen), **options) as server, Client(server.connect()) as client:
        with Client(server.connect()) as other:  # accepted behind the first
            other.send(TEXT + make_request())
            assert other.read_response().status == 200
        server.stop()
        assert client.read_all() == b""


def test_before_TLS(ws_serving: Serve, seen: Seen, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    rules = context(certificate)
    options = {"proxy_protocol": True, "ssl_certfile": str(certificate)}
    with ws_serving(telling(seen), **options) as server:
        sock = server.connect()
        sock.sendall(TEXT)
        with Client(rules.wrap_socket(sock, server_hostname="127.0.0.1")) as client:
            assert client.request().status == 200
        scope = seen.take()
        assert (scope["client"], scope["server"], scope["scheme"]) == (CLIENT, SERVER, "https")
        assert scope["extensions"]["tls"]["tls_version"] == 0x0304
        with server.connect() as bare, pytest.raises((ssl.SSLError, ConnectionError)):
            rules.wrap_socket(bare, server_hostname="127.0.0.1")


def test_nobody_who_could_write_one() -> None:
    with pytest.raises(ConfigError, match="--proxy-protocol needs --forwarded-allow-ips"):
        Config(app="a:b", proxy_protocol=True, forwarded_allow_ips=())
