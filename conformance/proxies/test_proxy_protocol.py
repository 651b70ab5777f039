"""HAProxy writes PROXY headers, before TCP that it passes on: who asks, and where TLS ends."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from conformance.proxies.conftest import shop
from conformance.proxies.front import VISITOR
from conformance.proxies.programs import HAPROXY
from tests.client import Client
from tests.e2e.certificate import make_certificate
from tests.e2e.clients import opened
from tests.e2e.haproxy import HAPROXY_TCP, haproxy_tcp, header_lines
from tests.e2e.places import Place
from tests.e2e.process import TIMEOUT
from tests.e2e.proxy import Lines, before, free_port

FORGED = [
    ("X-Forwarded-For", "198.51.100.7"),
    ("X-Forwarded-Proto", "gopher"),
    ("Forwarded", "for=198.51.100.7;proto=gopher"),
]
KINDS = ("send-proxy", "send-proxy-v2", "send-proxy-v2-ssl")
TELLS_OF_TLS = "send-proxy-v2-ssl"

Asking = Callable[[Client], Any]


@contextmanager
def passing(transport: str, lines: Lines, *options: str) -> Iterator[Place]:
    """Run both; give where clients find HAProxy."""
    with (
        shop(transport, "--proxy-protocol", *options) as command,
        haproxy_tcp(command.address, lines) as port,
    ):
        yield Place(f"127.0.0.1:{port}")


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """How HAProxy writes the header."""
    return str(request.param)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def place(transport: str, kind: str) -> Iterator[Place]:
    with passing(transport, header_lines(kind)) as place:
        yield place


def secured(place: Place, certificate: Path) -> ssl.SSLSocket:
    """Connect over TLS, from VISITOR."""
    trust = ssl.create_default_context(cafile=str(certificate))
    return trust.wrap_socket(place.connect(VISITOR), server_hostname="127.0.0.1")


def ask(client: Client) -> Any:
    """What the application sees of a request, the second of a connection."""
    client.request("GET", "/who", FORGED)
    return json.loads(client.request("GET", "/who", FORGED).body)


def ask_over_websocket(client: Client) -> Any:
    """What it sees of a WebSocket."""
    client.open_websocket("/ws/who", FORGED)
    return json.loads(client.read_text())


def assert_seen(sock: socket.socket, asking: Asking, scheme: str) -> None:
    """The application has to see this end of the connection, and this scheme."""
    name = [*sock.getsockname()]
    with Client(sock) as client:
        seen = asking(client)
    assert (seen["client"], seen["scheme"]) == (name, scheme)


def test_http(place: Place) -> None:
    assert_seen(place.connect(VISITOR), ask, "http")


def test_ws(place: Place) -> None:
    assert_seen(place.connect(VISITOR), ask_over_websocket, "ws")


def test_two_at_the_same_time(place: Place) -> None:
    with Client(place.connect(VISITOR)) as other:
        seen = ask(other)
        assert_seen(place.connect("127.0.0.6"), ask, "http")
        assert ask(other)["client"] == seen["client"]


def test_echo_of_3_MB(place: Place) -> None:
    message = bytes(range(256)) * 12_000
    with opened(place, "/ws/echo") as websocket:
        websocket.send(message)
        assert websocket.recv(TIMEOUT) == message


def test_tls_that_ends_at_haproxy(transport: str, kind: str, certificate: Path) -> None:
    """Version 1 has no words for TLS, and version 2 tells of it where it is asked to."""
    port = free_port()
    lines = {**header_lines(kind), **HAPROXY_TCP.tls_lines(port, certificate)}
    suffix = "s" if kind == TELLS_OF_TLS else ""
    with passing(transport, lines):
        secure = Place(f"127.0.0.1:{port}")
        assert_seen(secured(secure, certificate), ask, f"http{suffix}")
        assert_seen(secured(secure, certificate), ask_over_websocket, f"ws{suffix}")


def test_tls_that_ends_at_wsgate(transport: str, kind: str, certificate: Path) -> None:
    """HAProxy sees bytes alone; its own check speaks TLS behind the header, too."""
    lines = {**header_lines(kind), "check inter": "check check-ssl verify none inter"}
    with passing(transport, lines, "--ssl-certfile", str(certificate)) as place:
        assert_seen(secured(place, certificate), ask, "https")
        assert_seen(secured(place, certificate), ask_over_websocket, "wss")


def test_in_its_mode_http_no_client_has_the_connection_of_another(
    transport: str, kind: str
) -> None:
    """The header holds for a connection: it may not be used again for somebody else's request."""
    lines = {
        "http-request set-header X-Forwarded-For %[src]": "",
        "http-request set-header X-Forwarded-Proto %[ssl_fc,iif(https,http)]": "",
        "http-reuse safe": f"http-reuse always\ndefault-server {kind}",
    }
    with (
        shop(transport, "--proxy-protocol") as command,
        before(HAPROXY, command.address, lines) as port,
    ):
        place = Place(f"127.0.0.1:{port}")
        for visitor in (VISITOR, "127.0.0.6", VISITOR):
            assert_seen(place.connect(visitor), ask, "http")
            assert_seen(place.connect(visitor), ask_over_websocket, "ws")
