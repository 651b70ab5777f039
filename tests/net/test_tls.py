"""TLS that the server ends itself: what is served, who is refused, and an end without loss."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from tests.asgi.applications import Receive, Seen, Send, accepting, answering, respond
from tests.client import BINARY, TEXT, Client, make_close, make_frame, make_request, make_upgrade
from tests.conftest import Serve
from tests.net.secure import TLS_1_2, TLS_1_3, Trust, context, make_trust, secure, without_tls

LONG = 3600.0
SHORT = 0.2
SIZES = (0, 1, 125, 126, 16_383, 16_384, 16_385, 65_536, 300_000, 2_000_000)
BOTH = pytest.mark.parametrize("version", [TLS_1_2, TLS_1_3], ids=["1.2", "1.3"])

HELLO = bytes.fromhex("160301")
"""How the first message of a handshake begins."""


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Trust:
    return make_trust(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def tls_serving(ws_serving: Serve, trust: Trust) -> Serve:
    """The server on each event loop, with its certificate."""

    def serve_one(app: Any, **options: Any) -> Any:
        return ws_serving(app, **{"ssl_certfile": str(trust.server), **options})

    return serve_one


@answering
async def hello(receive: Receive, send: Send) -> None:
    await respond(send, b"hello")


@accepting
async def echo(receive: Receive, send: Send) -> None:
    while (message := await receive())["type"] == "websocket.receive":
        await send({**message, "type": "websocket.send"})


def telling(seen: Seen) -> Any:
    """An application that hands back its scope."""

    async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        seen.put(scope)
        await (respond(send) if scope["type"] == "http" else send({"type": "websocket.close"}))

    return application


@BOTH
def test_messages_of_all_sizes(tls_serving: Serve, trust: Trust, version: ssl.TLSVersion) -> None:
    with (
        tls_serving(echo) as server,
        secure(server, context(trust.server, version=version)) as client,
    ):
        client.open_websocket()
        for size in SIZES:
            message = b"\xa5" * size
            client.send_frame(BINARY, message)
            frame = client.read_frame()
            assert (frame.opcode, frame.payload) == (BINARY, message)
        client.send_close(1000)
        assert client.read_close() == (1000, "")
        assert client.read_all() == b""


@BOTH
def test_several_requests_and_a_large_response(
    tls_serving: Serve, trust: Trust, version: ssl.TLSVersion
) -> None:
    body = bytes(range(256)) * 20_000

    @answering
    async def download(receive: Receive, send: Send) -> None:
        await respond(send, body)

    rules = context(trust.server, version=version)
    with tls_serving(download) as server, secure(server, rules) as client:
        for _ in range(3):
            assert client.request().body == body
        assert client.request(headers=[("Connection", "close")]).body == body
        assert client.read_all() == b""


def test_a_peer_that_reads_slowly_gets_all(tls_serving: Serve, trust: Trust) -> None:
    """The application waits for room, as on a plain connection."""
    piece, count = b"x" * 100_000, 100

    @answering
    async def download(receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        for number in range(count):
            more = number < count - 1
            await send({"type": "http.response.body", "body": piece, "more_body": more})

    with tls_serving(download) as server, secure(server, context(trust.server)) as client:
        assert client.request().body == piece * count


@BOTH
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_scope(
    tls_serving: Serve, trust: Trust, seen: Seen, version: ssl.TLSVersion, kind: str
) -> None:
    rules = context(trust.server, version=version)
    rules.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
    with tls_serving(telling(seen)) as server, secure(server, rules) as client:
        if kind == "http":
            client.request()
        else:
            client.refused_websocket()
        scope = seen.take()
    assert scope["scheme"] == {"http": "https", "websocket": "wss"}[kind]
    assert scope["client"][0] == "127.0.0.1"
    assert scope["server"] == ("127.0.0.1", server.port)
    tls = scope["extensions"]["tls"]
    suite = {TLS_1_2: [0xC02B], TLS_1_3: [0x1301, 0x1302, 0x1303]}
    assert tls.pop("cipher_suite") in suite[version]
    own = trust.server.read_text()
    assert tls == {
        "server_cert": own[own.index("-----BEGIN CERTIFICATE-----") :],
        "client_cert_chain": [],
        "client_cert_name": None,
        "client_cert_error": None,
        "tls_version": {TLS_1_2: 0x0303, TLS_1_3: 0x0304}[version],
    }


@BOTH
def test_certificate_of_a_client(
    tls_serving: Serve, trust: Trust, seen: Seen, version: ssl.TLSVersion
) -> None:
    rules = context(trust.server, version=version, own=trust.client)
    options = {"ssl_cert_reqs": 2, "ssl_ca_certs": str(trust.authority)}
    with tls_serving(telling(seen), **options) as server, secure(server, rules) as client:
        client.request()
        tls = seen.take()["extensions"]["tls"]
    own = trust.client.read_text()
    assert tls["client_cert_chain"][0] == own[own.index("-----BEGIN CERTIFICATE-----") :]
    assert tls["client_cert_name"] == r"CN=a client\ ,OU=\#1,O=Müller\, Söhne\+Co.,C=DE"


def test_a_client_without_a_certificate(tls_serving: Serve, trust: Trust, seen: Seen) -> None:
    options = {"ssl_cert_reqs": 1, "ssl_ca_certs": str(trust.authority)}
    with tls_serving(telling(seen), **options) as server:
        with secure(server, context(trust.server)) as client:
            client.request()
        tls = seen.take()["extensions"]["tls"]
    assert (tls["client_cert_chain"], tls["client_cert_name"]) == ([], None)


@pytest.mark.parametrize("own", [False, True], ids=["none", "of-a-stranger"])
@BOTH
def test_a_client_that_is_refused(
    tls_serving: Serve, trust: Trust, version: ssl.TLSVersion, own: bool
) -> None:
    rules = context(trust.server, version=version, own=trust.server if own else None)
    options = {"ssl_cert_reqs": 2, "ssl_ca_certs": str(trust.authority)}
    refused = pytest.raises(ssl.SSLError, match="alert")
    with tls_serving(hello, **options) as server, refused, secure(server, rules) as client:
        client.request()  # in TLS 1.3 a client learns of it only here


def test_alpn(tls_serving: Serve, trust: Trust) -> None:
    rules = context(trust.server)
    rules.set_alpn_protocols(["h2", "http/1.1"])
    with tls_serving(hello) as server, secure(server, rules) as client:
        assert isinstance(client.sock, ssl.SSLSocket)
        assert client.sock.selected_alpn_protocol() == "http/1.1"


@pytest.mark.parametrize(
    ("options", "version"),
    [
        pytest.param({}, ssl.TLSVersion.TLSv1_1, id="1.1"),
        pytest.param({"ssl_min_version": "1.3"}, TLS_1_2, id="1.2"),
        pytest.param({"ssl_ciphers": "ECDHE-RSA-AES128-GCM-SHA256"}, TLS_1_2, id="cipher"),
    ],
)
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_what_is_not_spoken(
    tls_serving: Serve, trust: Trust, options: dict[str, str], version: ssl.TLSVersion
) -> None:
    rules = context(trust.server, version=version)
    rules.set_ciphers("ALL:@SECLEVEL=0")
    with tls_serving(hello, **options) as server, pytest.raises(ssl.SSLError):
        secure(server, rules)


@pytest.mark.parametrize("begun", [b"", HELLO[:1], HELLO], ids=["silent", "byte", "begun"])
def test_R20_a_handshake_that_stalls(tls_serving: Serve, begun: bytes) -> None:
    options = {"ssl_handshake_timeout": SHORT, "timeout_handshake": LONG}
    with tls_serving(hello, **options) as server, Client(server.connect()) as client:
        client.send(begun)
        assert client.read_all() == b""


def test_R20_no_request_after_the_handshake(tls_serving: Serve, trust: Trust) -> None:
    options = {"ssl_handshake_timeout": LONG, "timeout_handshake": SHORT}
    with tls_serving(hello, **options) as server, secure(server, context(trust.server)) as client:
        assert client.read_all() == b""


def test_a_plain_request_is_told_so(tls_serving: Serve) -> None:
    with tls_serving(hello) as server, Client(server.connect()) as client:
        response = client.request()
        assert (response.status, response.body) == (
            400,
            b"this port speaks TLS: ask with https or wss\n",
        )
        assert client.read_all() == b""


def test_garbage_in_the_handshake(tls_serving: Serve) -> None:
    """An alert, and an end without RST, whatever follows."""
    with tls_serving(hello) as server, Client(server.connect()) as client:
        client.send(b"\x16\x03\x01\x00\x04junk" + b"\0" * 1000)
        client.finish()
        assert client.read_all()[:1] == b"\x15"


def test_garbage_after_the_handshake(tls_serving: Serve, trust: Trust, seen: Seen) -> None:
    """The application is told that the connection was lost."""

    @accepting
    async def application(receive: Receive, send: Send) -> None:
        seen.put(await receive())

    with tls_serving(application) as server:
        client = secure(server, context(trust.server))
        client.open_websocket()
        with without_tls(client) as bare:
            bare.sendall(b"\x17\x03\x03\x00\x20" + b"\0" * 32)
            assert seen.take()["code"] == 1006


def test_an_end_without_close_notify(tls_serving: Serve, trust: Trust, seen: Seen) -> None:
    @accepting
    async def application(receive: Receive, send: Send) -> None:
        seen.put(await receive())

    with tls_serving(application) as server:
        client = secure(server, context(trust.server))
        client.open_websocket()
        with without_tls(client) as bare:
            bare.shutdown(socket.SHUT_WR)
            assert seen.take()["code"] == 1006
            assert bare.recv(64)[:1] == b"\x17"  # ours, encrypted; then the end
            assert bare.recv(64) == b""


@BOTH
def test_a_request_before_close_notify_is_answered(
    tls_serving: Serve, trust: Trust, version: ssl.TLSVersion
) -> None:
    """The peer ends its half; what it asked for still comes."""
    rules = context(trust.server, version=version)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = rules.wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
    with tls_serving(hello) as server, server.connect() as sock:
        complete(tls.do_handshake, sock, incoming, outgoing)
        tls.write(make_request())
        with suppress(ssl.SSLWantReadError):
            tls.unwrap()
        sock.sendall(outgoing.read())
        while data := sock.recv(65_536):
            incoming.write(data)
        assert tls.read(65_536).endswith(b"hello")


def test_what_came_before_close_notify_is_taken(
    tls_serving: Serve, trust: Trust, seen: Seen
) -> None:
    """TLS tells the end together with the last bytes, also where reading is paused."""
    count = 3000
    flood = b"".join(make_frame(TEXT, b"%d" % number) for number in range(count))

    @accepting
    async def application(receive: Receive, send: Send) -> None:
        numbers = []
        while (message := await receive())["type"] == "websocket.receive":
            numbers.append(int(message["text"]))
        seen.put((numbers, message["code"]))

    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context(trust.server).wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
    with tls_serving(application) as server, server.connect() as sock:
        complete(tls.do_handshake, sock, incoming, outgoing)
        tls.write(make_upgrade())
        sock.sendall(outgoing.read())
        complete(lambda: tls.read(65_536), sock, incoming, outgoing)
        tls.write(flood + make_close(4000))
        with suppress(ssl.SSLWantReadError):
            tls.unwrap()
        sock.sendall(outgoing.read())
        assert seen.take() == (list(range(count)), 4000)


@BOTH
def test_what_comes_behind_our_end_is_no_loss(
    tls_serving: Serve, trust: Trust, version: ssl.TLSVersion
) -> None:
    """The peer talks on behind our Close: it reads all that was sent to it, and no RST comes."""
    last = b"z" * 500_000

    @accepting
    async def application(receive: Receive, send: Send) -> None:
        await send({"type": "websocket.send", "bytes": last})
        await send({"type": "websocket.close", "code": 4000})

    rules = context(trust.server, version=version)
    with tls_serving(application) as server, secure(server, rules) as client:
        client.open_websocket()
        client.send(make_close(4000) + make_frame(BINARY, b"late" * 4000))
        assert client.read_frame().payload == last
        assert client.read_close() == (4000, "")
        assert client.read_all() == b""


def test_a_stop_waits_for_no_handshake(tls_serving: Serve, trust: Trust) -> None:
    """Where nothing was asked for, nothing is lost."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context(trust.server).wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
    with suppress(ssl.SSLWantReadError):
        tls.do_handshake()
    options = {"ssl_handshake_timeout": LONG, "timeout_graceful_shutdown": LONG}
    with tls_serving(hello, **options) as server, Client(server.connect()) as client:
        client.send(outgoing.read())
        assert client.read(1) == b"\x16"
        server.stop()
        client.read_all()


def complete(
    act: Callable[[], object],
    sock: socket.socket,
    incoming: ssl.MemoryBIO,
    outgoing: ssl.MemoryBIO,
) -> None:
    """Shake hands, or do what else takes an exchange, over a socket, in memory."""
    while True:
        try:
            act()
        except ssl.SSLWantReadError:
            sock.sendall(outgoing.read())
            incoming.write(sock.recv(65_536))
        else:
            sock.sendall(outgoing.read())
            return
