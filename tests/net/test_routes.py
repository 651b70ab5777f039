"""Routes over real connections: which one a path has, and what differs there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Any

import pytest

from tests.asgi.compressed import EXTENSIONS, OFFER
from tests.client import PING, TEXT, Client
from tests.conftest import Serve
from tests.serving import Serving, serve
from wsgate.asgi.types import Receive, Scope, Send

WINDOWS = {
    "/upload/*": 9,
    "/Case": 10,
    "/a?c/[xy]": 11,
    "/enc oded": 13,
    "*deep*": 14,
    "/upload/never": 15,
}
"""The window of the compressor tells routes apart in the answer to a handshake; else it is 12."""

paths: SimpleQueue[str] = SimpleQueue()


async def telling(scope: Scope, receive: Receive, send: Send) -> None:
    paths.put(scope["path"])
    await echo(scope, receive, send)


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({**message, "type": "websocket.send"})


def window(server: Serving, target: str) -> int:
    """What is agreed for a path."""
    with Client(server.connect()) as client:
        response = client.open_websocket(target, [(EXTENSIONS, OFFER)])
        found = re.search(r"server_max_window_bits=(\d+)", response.field(EXTENSIONS) or "")
    assert found is not None
    return int(found[1])


@pytest.fixture(scope="module")
def routed() -> Iterator[Serving]:
    routes = [{"path": path, "ws_deflate_window_bits": bits} for path, bits in WINDOWS.items()]
    with serve(telling, routes=routes, lifespan="off") as server:
        yield server


@pytest.mark.parametrize(
    ("target", "path", "bits"),
    [
        pytest.param("/upload/a", "/upload/a", 9, id="star"),
        pytest.param("/upload/", "/upload/", 9, id="star-of-nothing"),
        pytest.param("/upload/a/b", "/upload/a/b", 9, id="star-crosses-slashes"),
        pytest.param("/upload", "/upload", 12, id="star-needs-the-slash"),
        pytest.param("/upload/never", "/upload/never", 9, id="the-first-wins"),
        pytest.param("/upload/a?b", "/upload/a", 9, id="query-aside"),
        pytest.param("/b?/upload/a", "/b", 12, id="not-in-the-query"),
        pytest.param("/upload/%0Ax", "/upload/\nx", 9, id="newline"),
        pytest.param("/upload/%FF", "/upload/\ufffd", 9, id="no-utf-8"),
        pytest.param("/%75pload/a", "/upload/a", 9, id="encoded-letter"),
        pytest.param("/upload%2Fa", "/upload/a", 9, id="encoded-slash"),
        pytest.param("/upload%252Fa", "/upload%2Fa", 12, id="decoded-once"),
        pytest.param("/enc%20oded", "/enc oded", 13, id="encoded-space"),
        pytest.param("//upload/a", "//upload/a", 12, id="two-slashes"),
        pytest.param("/./upload/a", "/./upload/a", 12, id="dot"),
        pytest.param("/x/../upload/a", "/x/../upload/a", 12, id="dots"),
        pytest.param("/upload/../x", "/upload/../x", 9, id="dots-behind"),
        pytest.param("/UPLOAD/a", "/UPLOAD/a", 12, id="case"),
        pytest.param("/Case", "/Case", 10, id="exact"),
        pytest.param("/Case/", "/Case/", 12, id="slash-at-the-end"),
        pytest.param("/case", "/case", 12, id="other-case"),
        pytest.param("/abc/x", "/abc/x", 11, id="one-character"),
        pytest.param("/abc/z", "/abc/z", 12, id="none-of-them"),
        pytest.param("/so/deep/in", "/so/deep/in", 14, id="anywhere"),
    ],
)
def test_the_path_of_the_scope_is_matched(
    routed: Serving, target: str, path: str, bits: int
) -> None:
    assert window(routed, target) == bits
    assert paths.get() == path


def test_a_root_path_is_a_part_of_it() -> None:
    routes = [{"path": "/api/upload/*", "ws_deflate_window_bits": 9}]
    with serve(echo, routes=routes, lifespan="off", root_path="/api") as server:
        assert window(server, "/upload/a") == 9
        assert window(server, "/api/upload/a") == 12


def test_sizes_and_fragments(serving: Serve) -> None:
    routes = [{"path": "/small", "ws_max_size": 5}, {"path": "/few", "ws_max_fragments": 2}]
    with serving(echo, routes=routes, lifespan="off") as server:
        for target, code in (("/small", 1009), ("/few", 1008), ("/", None)):
            with Client(server.connect()) as client:
                client.open_websocket(target)
                for part in ("ab", "cd", "ef"):
                    client.send_frame(TEXT if part == "ab" else 0, part.encode(), part == "ef")
                if code is None:
                    assert client.read_text() == "abcdef"
                else:
                    assert client.read_close()[0] == code


def test_origins(serving: Serve) -> None:
    routes = [
        {"path": "/admin/*", "allow_origins": ["https://admin.example"]},
        {"path": "/open", "allow_origins": []},
    ]
    with serving(echo, routes=routes, lifespan="off", allow_origins=["none"]) as server:
        for target, origin, status in (
            ("/admin/a", "https://admin.example", 101),
            ("/admin/a", "https://shop.example", 403),
            ("/open", "https://shop.example", 101),
            ("/", "https://admin.example", 403),
            ("/", None, 101),
        ):
            headers = [("Origin", origin)] if origin else []
            with Client(server.connect()) as client:
                if status == 101:
                    client.open_websocket(target, headers)
                else:
                    assert client.refused_websocket(target, headers).status == status


def test_pings(serving: Serve) -> None:
    routes = [{"path": "/pinged", "ws_ping_interval": 0.1, "ws_ping_timeout": 0.1}]
    with (
        serving(echo, routes=routes, lifespan="off", ws_ping_interval=0) as server,
        Client(server.connect()) as pinged,
        Client(server.connect()) as other,
    ):
        pinged.open_websocket("/pinged")
        other.open_websocket("/")
        assert pinged.read_frame().opcode == PING
        assert pinged.read_all() == b""  # it has not answered
        assert not other.readable()


async def silent(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close"})


def test_the_close_timeout(serving: Serve) -> None:
    """The client does not answer a Close: the end comes at once, or not in its own time."""
    routes = [{"path": "/hasty", "ws_close_timeout": 0.05}]
    with (
        serving(silent, routes=routes, lifespan="off", ws_close_timeout=3600) as server,
        Client(server.connect()) as hasty,
        Client(server.connect()) as other,
    ):
        for client, target in ((other, "/"), (hasty, "/hasty")):
            client.open_websocket(target)
            assert client.read_close()[0] == 1000
        assert hasty.read_all() == b""
        assert not other.readable()
        other.send_close(1000)


def test_compression_is_turned_off_for_a_route(serving: Serve) -> None:
    routes = [{"path": "/plain", "ws_per_message_deflate": False}]
    with serving(echo, routes=routes, lifespan="off") as server:
        for target, agreed in (("/plain", False), ("/", True)):
            with Client(server.connect()) as client:
                answer = client.open_websocket(target, [(EXTENSIONS, OFFER)]).field(EXTENSIONS)
                assert (answer is not None) is agreed


def test_all_routes_share_the_memory_of_compression(serving: Serve) -> None:
    routes: list[dict[str, Any]] = [{"path": "/a"}, {"path": "/b"}]
    with (
        serving(echo, routes=routes, lifespan="off", ws_deflate_memory=1) as server,
        Client(server.connect()) as first,
        Client(server.connect()) as second,
    ):
        answers = [
            client.open_websocket(target, [(EXTENSIONS, OFFER)]).field(EXTENSIONS) or ""
            for client, target in ((first, "/a"), (second, "/b"))
        ]
    assert ["no_context_takeover" in answer for answer in answers] == [False, True]
