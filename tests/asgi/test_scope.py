"""The connection scopes: ASGI 3.0, spec_version 2.5."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from tests.asgi.applications import Receive, Scope, Seen, Send, respond
from tests.client import Client, make_request, make_upgrade
from tests.conftest import Serve
from tests.serving import TIMEOUT


class Reporter:
    """An application for every scope, which hands its scopes back."""

    def __init__(self, seen: Seen) -> None:
        self.seen = seen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.seen.put(scope)
        if scope["type"] == "http":
            await respond(send)
        else:
            await receive()
            await send({"type": "websocket.close"})


def scope_of(serving: Serve, seen: Seen, request: dict[str, Any], **options: Any) -> Any:
    """The scope of a request over TCP."""
    with serving(Reporter(seen), **options) as server, Client(server.connect()) as client:
        client.request(**request)
        return seen.take()


def websocket_scope_of(serving: Serve, seen: Seen, headers: list[tuple[str, str]]) -> Any:
    with serving(Reporter(seen)) as server, Client(server.connect()) as client:
        client.refused_websocket("/ws?room=1", headers)
        return seen.take()


def test_the_whole_scope_of_a_request(serving: Serve, seen: Seen) -> None:
    with serving(Reporter(seen)) as server, Client(server.connect()) as client:
        here = client.sock.getsockname()
        client.request("POST", "/path?query=1", [("Content-Length", "0")])
        assert seen.take() == {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.5"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": "/path",
            "raw_path": b"/path",
            "query_string": b"query=1",
            "root_path": "",
            "headers": [(b"host", b"test"), (b"content-length", b"0")],
            "client": here,
            "server": (server.host, server.port),
            "state": {},
            "extensions": {},
        }


def test_the_whole_scope_of_a_websocket(serving: Serve, seen: Seen) -> None:
    with serving(Reporter(seen)) as server, Client(server.connect()) as client:
        here = client.sock.getsockname()
        client.refused_websocket("/ws?room=1", [("Sec-WebSocket-Protocol", "chat, superchat")])
        scope = seen.take()
        headers = dict(scope.pop("headers"))
        assert scope == {
            "type": "websocket",
            "asgi": {"version": "3.0", "spec_version": "2.5"},
            "http_version": "1.1",
            "scheme": "ws",
            "path": "/ws",
            "raw_path": b"/ws",
            "query_string": b"room=1",
            "root_path": "",
            "client": here,
            "server": (server.host, server.port),
            "subprotocols": ["chat", "superchat"],
            "state": {},
            "extensions": {"websocket.http.response": {}, "wsgate.draining": {}},
        }
        assert list(headers) == [
            b"host",
            b"upgrade",
            b"connection",
            b"sec-websocket-key",
            b"sec-websocket-version",
            b"sec-websocket-protocol",
        ]


@pytest.mark.parametrize(
    ("target", "path", "raw_path", "query"),
    [
        pytest.param("/", "/", b"/", b"", id="root"),
        pytest.param("/a%20b?x=1%202", "/a b", b"/a%20b", b"x=1%202", id="space"),
        pytest.param("/caf%C3%A9", "/café", b"/caf%C3%A9", b"", id="utf-8"),
        pytest.param("/%FF", "/\ufffd", b"/%FF", b"", id="no-utf-8"),
        pytest.param("/a%2Fb", "/a/b", b"/a%2Fb", b"", id="slash"),
        pytest.param("/a?", "/a", b"/a", b"", id="empty-query"),
        pytest.param("/a?b?c", "/a", b"/a", b"b?c", id="question-mark-in-query"),
        pytest.param("//a/../b", "//a/../b", b"//a/../b", b"", id="not-normalised"),
    ],
)
def test_path_is_decoded_and_raw_path_and_query_are_not(
    serving: Serve, seen: Seen, target: str, path: str, raw_path: bytes, query: bytes
) -> None:
    scope = scope_of(serving, seen, {"target": target})
    assert (scope["path"], scope["raw_path"], scope["query_string"]) == (path, raw_path, query)


def test_root_path_stands_before_both_paths(serving: Serve, seen: Seen) -> None:
    scope = scope_of(serving, seen, {"target": "/a%20b"}, root_path="/api")
    assert scope["root_path"] == "/api"
    assert (scope["path"], scope["raw_path"]) == ("/api/a b", b"/api/a%20b")


@pytest.mark.parametrize("http_version", ["1.0", "1.1"])
def test_http_version(serving: Serve, seen: Seen, http_version: str) -> None:
    assert scope_of(serving, seen, {"http_version": http_version})["http_version"] == http_version


def test_duplicate_headers_are_kept_in_order_and_names_are_lower_case(
    serving: Serve, seen: Seen
) -> None:
    sent = [("X-One", "1"), ("X-TWO", "2"), ("x-one", "3"), ("X-Two", "A b")]
    expected = [(b"x-one", b"1"), (b"x-two", b"2"), (b"x-one", b"3"), (b"x-two", b"A b")]
    assert scope_of(serving, seen, {"headers": sent})["headers"][1:] == expected
    assert websocket_scope_of(serving, seen, sent)["headers"][-4:] == expected


def test_ports_are_ints(serving: Serve, seen: Seen) -> None:
    scope = scope_of(serving, seen, {})
    assert [type(each) for each in (*scope["client"], *scope["server"])] == [str, int, str, int]


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_of_every_address_the_server_has_the_one_that_was_connected_to(
    serving: Serve, seen: Seen, host: str
) -> None:
    with serving(Reporter(seen), host=host) as server:
        for address in ("127.0.0.1", "127.0.0.2"):
            sock = socket.create_connection((address, server.port), timeout=TIMEOUT)
            with Client(sock) as client:
                client.request()
            assert seen.take()["server"] == (address, server.port)


def test_a_unix_socket_has_a_path_and_no_client(serving: Serve, seen: Seen, tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with serving(Reporter(seen), uds=path):
        for request in (make_request(), make_upgrade()):
            sock = socket.socket(socket.AF_UNIX)
            sock.settimeout(TIMEOUT)
            sock.connect(path)
            with Client(sock) as client:
                client.send(request)
                client.read_response()
            scope = seen.take()
            assert (scope["client"], scope["server"]) == (None, (path, None))


@pytest.mark.parametrize(
    ("proto", "http_scheme", "websocket_scheme"),
    [("https", "https", "wss"), ("http", "http", "ws")],
)
def test_the_scheme_is_that_of_the_proxy(
    serving: Serve, seen: Seen, proto: str, http_scheme: str, websocket_scheme: str
) -> None:
    headers = [("X-Forwarded-Proto", proto), ("X-Forwarded-For", "192.0.2.7")]
    scope = scope_of(serving, seen, {"headers": headers})
    assert (scope["scheme"], scope["client"]) == (http_scheme, ("192.0.2.7", 0))
    scope = websocket_scope_of(serving, seen, headers)
    assert (scope["scheme"], scope["client"]) == (websocket_scheme, ("192.0.2.7", 0))


def test_state_is_a_shallow_copy_of_the_lifespans(serving: Serve, seen: Seen) -> None:
    shared: list[int] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            scope["state"].update(shared=shared, mine="untouched")
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            return
        seen.put(dict(scope["state"]))
        scope["state"]["mine"] = "changed"
        scope["state"]["shared"].append(1)
        await respond(send)

    with serving(app, lifespan="on") as server, Client(server.connect()) as client:
        client.request()
        client.request()
    assert seen.take()["mine"] == "untouched"
    state = seen.take()
    assert state["mine"] == "untouched"
    assert state["shared"] is shared


def test_what_the_client_offered_is_not_the_applications_to_change(
    serving: Serve, seen: Seen
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["subprotocols"].append("invented")
        await receive()
        await send({"type": "websocket.accept", "subprotocol": "invented"})

    with serving(app) as server, Client(server.connect()) as client:
        client.send(make_upgrade())
        assert client.read_response().status == 500
