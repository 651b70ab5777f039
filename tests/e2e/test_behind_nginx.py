"""What nginx changes, with the lines of deploy/nginx.conf: who asks, sizes, idle tunnels, ends."""

from __future__ import annotations

import hashlib
import json
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.client import BINARY, PING, PONG, Client, make_frame
from tests.e2e.certificate import make_certificate
from tests.e2e.clients import opened
from tests.e2e.command import Command, wsgate
from tests.e2e.nginx import NGINX, nginx
from tests.e2e.places import Place, fetch
from tests.e2e.process import TIMEOUT
from tests.e2e.proxy import free_port, open_folder

pytestmark = pytest.mark.once

SHOP = "fastapi_app:app"
VISITOR = "127.0.0.2"
"""An address of a client, which is not one of those whose forwarded fields are believed."""

FORGED = [
    ("X-Forwarded-For", "198.51.100.7"),
    ("X-Forwarded-Proto", "https"),
]


@pytest.fixture(scope="module", params=["tcp", "unix"])
def command(request: pytest.FixtureRequest) -> Iterator[Command]:
    """Wsgate as nginx reaches it: over TCP, or over a unix socket."""
    with ExitStack() as stack:
        options = []
        if request.param == "unix":
            options = ["--uds", f"{stack.enter_context(open_folder())}/wsgate.sock"]
        yield stack.enter_context(wsgate(SHOP, *options))


@pytest.fixture(scope="module")
def place(command: Command) -> Iterator[Place]:
    with nginx(command.address) as port:
        yield Place(f"127.0.0.1:{port}")


def who(place: Place, headers: list[tuple[str, str]]) -> Any:
    """What the application sees of a visitor who sends these fields."""
    with Client(place.connect(VISITOR)) as client:
        return json.loads(client.request("GET", "/who", [*headers, ("Connection", "close")]).body)


# Who asks.


@pytest.mark.parametrize("headers", [[], FORGED], ids=["plain", "forged"])
def test_the_application_sees_the_client_and_nothing_forged(
    place: Place, headers: list[tuple[str, str]]
) -> None:
    seen = who(place, headers)
    assert (seen["client"], seen["scheme"]) == ([VISITOR, 0], "http")


@pytest.mark.parametrize("headers", [[], FORGED], ids=["plain", "forged"])
def test_a_websocket_s_client(place: Place, headers: list[tuple[str, str]]) -> None:
    sock = place.connect(VISITOR)
    with opened(place, "/ws/who", sock=sock, additional_headers=headers) as websocket:
        seen = json.loads(websocket.recv(TIMEOUT))
    assert (seen["client"], seen["scheme"]) == ([VISITOR, 0], "ws")
    assert seen["url"] == f"{place.ws}/ws/who"


def test_the_access_log_names_the_client(command: Command, place: Place) -> None:
    with Client(place.connect(VISITOR)) as client:
        client.open_websocket("/ws/close?code=3210")
        assert client.read_close() == (3210, "")
        client.send_close(3210)
    command.process.wait_for(rf"{VISITOR}:0 - .*code=3210. closed 3210")


def test_behind_another_proxy(command: Command) -> None:
    """The line that deploy/nginx.conf recommends there: a list, believed from the right."""
    appended = {"X-Forwarded-For $remote_addr;": "X-Forwarded-For $proxy_add_x_forwarded_for;"}
    with nginx(command.address, appended) as port:
        seen = who(Place(f"127.0.0.1:{port}"), FORGED)
    assert seen["client"] == [VISITOR, 0]
    assert ["x-forwarded-for", f"198.51.100.7, {VISITOR}"] in seen["headers"]


def test_host_is_the_one_that_the_client_named(place: Place) -> None:
    with Client(place.connect()) as client:
        client.send(b"GET /who HTTP/1.1\r\nHost: shop.example:81\r\n\r\n")
        assert json.loads(client.read_response().body)["url"] == "http://shop.example:81/who"


def test_tls_in_front(command: Command, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    port = free_port()
    secure = Place(f"127.0.0.1:{port}")
    trust = ssl.create_default_context(cafile=str(certificate))
    with nginx(command.address, NGINX.tls_lines(port, certificate)):
        sock = trust.wrap_socket(secure.connect(VISITOR), server_hostname="127.0.0.1")
        with Client(sock) as client:
            client.open_websocket("/ws/who")
            seen = json.loads(client.read_text())
        assert (seen["client"], seen["scheme"]) == ([VISITOR, 0], "wss")


# The connection to wsgate.


def test_connections_to_wsgate_are_kept() -> None:
    """Without --proxy-headers the application sees nginx's own end: one port is one connection."""
    with wsgate(SHOP, "--no-proxy-headers") as command:
        with nginx(command.address, {"worker_processes auto;": ""}) as port:
            place = Place(f"127.0.0.1:{port}")
            seen = [place.fetch("/who").value for _ in range(5)]
        assert {each["http_version"] for each in seen} == {"1.1"}
        assert len({tuple(each["client"]) for each in seen}) == 1
        fields = {name for each in seen for name, _ in each["headers"]}
        assert not fields & {"connection", "upgrade"}


def test_requests_over_one_connection(place: Place) -> None:
    with place.connection() as connection:
        sock = None
        for target, status in (("/greeting", 200), ("/nowhere", 404), ("/sold-out/x", 409)):
            assert fetch(connection, target).status == status
            head = fetch(connection, target, "HEAD")
            assert head.body == b""
            assert connection.sock is (sock := sock or connection.sock)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param([("Sec-WebSocket-Version", "8")], 426, id="version"),
        pytest.param([("Sec-WebSocket-Version", "13")], 400, id="no-key"),
    ],
)
def test_a_refused_handshake_passes(
    place: Place, headers: list[tuple[str, str]], status: int
) -> None:
    upgrade = [("Upgrade", "websocket"), ("Connection", "Upgrade")]
    with Client(place.connect()) as client:
        response = client.request("GET", "/ws/echo", [*upgrade, *headers])
    assert response.status == status
    if status == 426:
        assert response.field("sec-websocket-version") == "13"


# Sizes.


def test_a_message_of_3_MB(place: Place) -> None:
    with opened(place, "/ws/echo") as websocket:
        for message in (bytes(range(256)) * 12_000, "aé" * 1_000_000):
            websocket.send(message)
            assert websocket.recv(TIMEOUT) == message


def test_a_message_over_the_bound_is_1009(place: Place) -> None:
    with Client(place.connect()) as client:
        client.open_websocket("/ws/echo")
        client.send(make_frame(BINARY, bytes((16 << 20) + 1))[:14])
        assert client.read_close()[0] == 1009


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_a_large_upload(place: Place, chunked: bool) -> None:
    body = bytes(range(256)) * 40_000
    answer = place.fetch("/upload", "PUT", iter([body]) if chunked else body)
    assert answer.value == {"size": len(body), "sha256": hashlib.sha256(body).hexdigest()}


def test_an_upload_over_nginx_s_bound_is_413(place: Place) -> None:
    with Client(place.connect()) as client:
        client.send(b"PUT /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 16777217\r\n\r\n")
        assert client.read_response().status == 413


def test_a_large_download(place: Place) -> None:
    digest = hashlib.sha256()
    for number in range(300):
        digest.update(bytes([number % 256]) * 65_536)
    assert hashlib.sha256(place.fetch("/download/300").body).digest() == digest.digest()


# Idle tunnels.


def test_pings_keep_an_idle_websocket_open() -> None:
    """Nothing but pings for longer than nginx waits, and then a message as before."""
    with (
        wsgate(SHOP, "--ws-ping-interval", "0.25") as command,
        nginx(command.address, NGINX.idle_lines(2)) as port,
        Client(Place(f"127.0.0.1:{port}").connect()) as client,
    ):
        client.open_websocket("/ws/echo")
        end = time.monotonic() + 2.2
        while time.monotonic() < end:
            ping = client.read_frame()
            assert ping.opcode == PING
            client.send_frame(PONG, ping.payload)
        client.send_text("still here")
        assert client.read_text() == "still here"


def test_without_pings_nginx_cuts_an_idle_websocket(request: pytest.FixtureRequest) -> None:
    """Why the interval matters: no Close for the client, 1006 for the application."""
    name = request.node.name
    with (
        wsgate(SHOP, "--ws-ping-interval", "0") as command,
        nginx(command.address, NGINX.idle_lines(1)) as port,
    ):
        place = Place(f"127.0.0.1:{port}")
        with Client(place.connect()) as client:
            client.open_websocket(f"/ws/record/{name}")
            assert client.read_all() == b""
        assert place.fetch(f"/diary/{name}").value == {"code": 1006, "reason": ""}


# Ends.


def test_a_client_that_goes_is_lost_to_the_application(
    place: Place, request: pytest.FixtureRequest
) -> None:
    name = request.node.name
    with Client(place.connect()) as client:
        client.open_websocket(f"/ws/record/{name}")
        client.reset()
    assert place.fetch(f"/diary/{name}").value == {"code": 1006, "reason": ""}


def test_a_restart_of_wsgate() -> None:
    """Clients see 1012, and all goes on with the next process."""
    with open_folder() as folder:
        options = ["--uds", f"{folder}/wsgate.sock"]
        with ExitStack() as stack:
            first = stack.enter_context(wsgate(SHOP, *options))
            port = stack.enter_context(nginx(first.address))
            place = Place(f"127.0.0.1:{port}")
            websocket = stack.enter_context(opened(place, "/ws/echo"))
            websocket.send("hello")
            assert websocket.recv(TIMEOUT) == "hello"
            first.process.end()
            with pytest.raises(ConnectionClosed):
                websocket.recv(TIMEOUT)
            assert (websocket.close_code, websocket.close_reason) == (1012, "the server restarts")
            assert place.fetch("/greeting").status == 502
            stack.enter_context(wsgate(SHOP, *options))
            assert place.fetch("/greeting").status == 200
