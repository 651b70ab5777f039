"""However a request or a websocket ends, its place is free again."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tests.client import PING, Client, make_frame, make_request, make_upgrade
from tests.conftest import Serve
from tests.serving import TIMEOUT, Serving

ONE_OF_EACH: dict[str, Any] = {
    "limit_concurrency": 1,
    "limit_connections": 1,
    "limit_connections_per_client": 1,
    "limit_connections_per_path": 1,
    "limit_handshakes": 1,
    "timeout_request_body": 0.05,
    "ws_close_timeout": 0.05,
    "lifespan": "off",
    "allow_origins": ["none"],
    "routes": [{"path": "/never", "timeout_accept": 0.05}],
}

TRIES = 1000
"""How often it is asked whether the server has seen an end; each is an answer of the server."""

ACCEPT = {"type": "websocket.accept"}
DENIAL = {"type": "websocket.http.response.start", "status": 401, "headers": []}
START = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]}


class OnPurposeError(Exception):
    """What the application raises."""


FIRST: dict[str, list[dict[str, Any]]] = {
    "/": [START, {"type": "http.response.body", "body": b"hello"}],
    "/begun": [START, {"type": "http.response.body", "body": b"he", "more_body": True}],
    "/accepted": [ACCEPT],
    "/closed": [{"type": "websocket.close"}],
    "/opened-and-closed": [ACCEPT, {"type": "websocket.close"}],
    "/denied": [DENIAL, {"type": "websocket.http.response.body", "body": b"no"}],
    "/half-denied": [DENIAL, {"type": "websocket.http.response.body", "more_body": True}],
}
"""What the application sends at first, by the path; a word behind it says what comes then."""


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    path, _, then = scope["path"].partition("-then-")
    for message in FIRST.get(path, []):
        await send(message)
    if then == "raises":
        raise OnPurposeError
    if path != "/" and then != "returns":
        while not (await receive())["type"].endswith(".disconnect"):
            pass
    if then == "accepts":
        await send(ACCEPT)


Ending = Callable[[Client], None]


def asked(data: bytes, status: int = 0) -> Ending:
    """Send something, and read what comes; status: of the response, where there is one."""

    def ending(client: Client) -> None:
        client.send(data)
        if status:
            assert client.read_head().status == status
        with suppress(OSError):  # some end with a reset by the server
            client.finish()
            client.read_all()

    return ending


def upgraded(path: str, status: int = 101, behind: bytes = b"") -> Ending:
    return asked(make_upgrade(path) + behind, status)


def requested(path: str, status: int = 200, **fields: Any) -> Ending:
    return asked(make_request(target=path, **fields), status)


def gone(data: bytes, status: int = 0) -> Ending:
    """The same, but the peer is gone with RST."""

    def ending(client: Client) -> None:
        client.send(data)
        if status:
            assert client.read_head().status == status
        client.reset()

    return ending


def closed_by_the_peer(client: Client) -> None:
    client.open_websocket("/accepted")
    client.send_close(1000)
    client.read_close()
    client.read_all()


def refused_meanwhile(client: Client) -> None:
    """Who is refused gives back nothing."""
    client.open_websocket("/accepted")
    for data in (make_request(), make_upgrade("/accepted"), make_upgrade("/closed")):
        with Client(socket.create_connection(client.sock.getpeername(), TIMEOUT)) as other:
            other.send(data)
            assert other.read_head().status in (429, 503)
            other.read_all()
    client.send_close(1000)
    client.read_close()


LENGTH = [("Content-Length", "9")]
BAD_KEY = make_upgrade("/accepted", key="short")
STRANGE = make_upgrade("/accepted", [("Origin", "https://elsewhere.example")])

ENDINGS: dict[str, Ending] = {
    "the peer closes": closed_by_the_peer,
    "others are refused": refused_meanwhile,
    "the peer ends its stream": upgraded("/accepted"),
    "the peer resets": gone(make_upgrade("/accepted"), 101),
    "the peer leaves before accept": upgraded("/waiting", 0),
    "the peer is reset before accept": gone(make_upgrade("/waiting")),
    "accept comes when the peer is gone": gone(make_upgrade("/waiting-then-accepts")),
    "the peer breaks the protocol": upgraded("/accepted", behind=make_frame(PING, mask=b"")),
    "the application closes": upgraded("/opened-and-closed"),
    "it raises": upgraded("/accepted-then-raises"),
    "it returns": upgraded("/accepted-then-returns"),
    "it refuses": upgraded("/closed", 403),
    "it denies": upgraded("/denied", 401),
    "it denies by half and raises": upgraded("/half-denied-then-raises", 401),
    "it raises before accept": upgraded("/waiting-then-raises", 500),
    "it returns before accept": upgraded("/waiting-then-returns", 500),
    "it never accepts": upgraded("/never", 503),
    "the key is none": asked(BAD_KEY, 400),
    "the origin is strange": asked(STRANGE, 403),
    "a response": requested("/"),
    "a response to who is gone": gone(make_request()),
    "an error": requested("/waiting-then-raises", 500),
    "no response": requested("/waiting-then-returns", 500),
    "half a response": requested("/begun-then-raises"),
    "half a response, and the peer is gone": gone(make_request(target="/begun"), 200),
    "a peer that does not wait": gone(make_request(target="/waiting")),
    "half a body": requested("/waiting", 408, method="POST", headers=LENGTH, body=b"half"),
    "a body that is none": requested(
        "/waiting", 400, method="POST", headers=[("Transfer-Encoding", "chunked")], body=b"x\r\n"
    ),
}


def assert_free(server: Serving, why: str) -> None:
    """Wait until a request is let in: the server may not have seen yet that a peer is gone."""
    for _ in range(TRIES):
        with Client(server.connect()) as client:
            if client.request(headers=[("Connection", "close")]).status == 200:
                return
    raise AssertionError(f"no place is free: {why}")


def test_places_are_given_back(serving: Serve) -> None:
    with serving(application, **ONE_OF_EACH) as server:
        for why, ending in ENDINGS.items():
            with Client(server.connect()) as client:
                ending(client)
            assert_free(server, why)
    assert server.server.counters["refused.concurrency"] >= 2
