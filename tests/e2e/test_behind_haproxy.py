"""Who asks, as HAProxy tells it in a PROXY header; conformance/proxies does more with it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.client import Client
from tests.e2e.command import wsgate
from tests.e2e.haproxy import haproxy_tcp, header_lines
from tests.e2e.places import Place

pytestmark = pytest.mark.once

VISITOR = "127.0.0.2"


@pytest.fixture(scope="module", params=["send-proxy", "send-proxy-v2"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    with (
        wsgate("fastapi_app:app", "--proxy-protocol") as command,
        haproxy_tcp(command.address, header_lines(request.param)) as port,
    ):
        yield Place(f"127.0.0.1:{port}")


def test_the_client_of_each_request_of_a_connection(place: Place) -> None:
    with place.connect(VISITOR) as sock, Client(sock) as client:
        for _ in range(2):
            seen = json.loads(client.request("GET", "/who").body)
            assert (seen["client"], seen["scheme"]) == ([*sock.getsockname()], "http")


def test_the_client_of_a_websocket(place: Place) -> None:
    with place.connect(VISITOR) as sock, Client(sock) as client:
        client.open_websocket("/ws/who")
        seen = json.loads(client.read_text())
        assert (seen["client"], seen["scheme"]) == ([*sock.getsockname()], "ws")
