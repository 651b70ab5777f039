"""Who asks, and how: the client's address and scheme, plainly and where the proxy ends TLS."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.proxies.front import VISITOR, Front
from tests.client import BINARY, Client
from tests.e2e.clients import opened
from tests.e2e.process import TIMEOUT

FORGED = [("X-Forwarded-For", "198.51.100.7"), ("X-Forwarded-Proto", "gopher")]


@pytest.fixture(params=[[], FORGED], ids=["honest", "forged"])
def claims(request: pytest.FixtureRequest) -> list[tuple[str, str]]:
    """Fields with which the client says who it is."""
    found: list[tuple[str, str]] = request.param
    return found


def ask(client: Client, claims: list[tuple[str, str]]) -> Any:
    """What the application sees of a request."""
    return json.loads(client.request("GET", "/who", [*claims, ("Connection", "close")]).body)


def test_http(front: Front, claims: list[tuple[str, str]]) -> None:
    with Client(front.plain.connect(VISITOR)) as client:
        seen = ask(client, claims)
    assert (seen["client"], seen["scheme"]) == ([VISITOR, 0], "http")


def test_https(front: Front, claims: list[tuple[str, str]]) -> None:
    with Client(front.connect_tls()) as client:
        seen = ask(client, claims)
    assert (seen["client"], seen["scheme"]) == ([VISITOR, 0], "https")


def test_ws(front: Front, claims: list[tuple[str, str]]) -> None:
    sock = front.plain.connect(VISITOR)
    with opened(front.plain, "/ws/who", sock=sock, additional_headers=claims) as websocket:
        seen = json.loads(websocket.recv(TIMEOUT))
    assert (seen["client"], seen["scheme"]) == ([VISITOR, 0], "ws")
    assert seen["url"] == f"{front.plain.ws}/ws/who"


def test_wss(front: Front, claims: list[tuple[str, str]]) -> None:
    with Client(front.connect_tls()) as client:
        client.open_websocket("/ws/who", claims)
        seen = json.loads(client.read_text())
    assert (seen["client"], seen["scheme"]) == ([VISITOR, 0], "wss")
    assert seen["url"] == "wss://test/ws/who"


def test_echo_of_3_MB_over_tls(front: Front) -> None:
    message = bytes(range(256)) * 12_000
    with Client(front.connect_tls()) as client:
        client.open_websocket("/ws/echo")
        client.send_frame(BINARY, message)
        assert client.read_frame() == (BINARY, message, True)
