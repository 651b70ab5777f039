"""What is agreed on compression, what leaves compressed, and what is held for it."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from websockets.sync.client import connect

from tests.asgi.applications import Body, Receive, Scope, Seen, Send, accepting, error_of
from tests.asgi.compressed import (
    OFFER,
    RSV1,
    CompressingClient,
    compression_of,
    message,
    session_of,
    settle,
)
from tests.client import TEXT, Client, make_frame, make_upgrade
from tests.conftest import Serve
from tests.serving import TIMEOUT
from tests.websocket.compressing import deflate_all
from wsgate.asgi.compression import Compression, Negotiator
from wsgate.net import websocket_connection
from wsgate.websocket.deflate import PerMessageDeflate
from wsgate.websocket.deflate_negotiation import DeflateSettings
from wsgate.websocket.headers import parse_extensions

KIB = 1024
ACCEPT = {"type": "websocket.accept"}
NOT_OFFERED = {"type": "websocket.accept", "subprotocol": "not offered"}
TAKEOVER = OFFER.replace("client_max", "server_max_window_bits=12; client_max") + "=12"
NO_TAKEOVER = TAKEOVER.replace(
    "deflate;", "deflate; server_no_context_takeover; client_no_context_takeover;"
)


async def echo(receive: Receive, send: Send) -> None:
    while (received := await receive())["type"] == "websocket.receive":
        await send({**received, "type": "websocket.send"})


ANSWERS: list[tuple[dict[str, Any], str | None]] = [
    ({}, TAKEOVER),
    ({"ws_per_message_deflate": False}, None),
    ({"ws_deflate_window_bits": 9}, TAKEOVER.replace("12", "9")),
    ({"ws_deflate_window_bits": 15}, "permessage-deflate; server_max_window_bits=15"),
    ({"ws_deflate_takeover": False}, NO_TAKEOVER),
    ({"ws_deflate_memory": 0}, NO_TAKEOVER),
    ({"ws_deflate_mem_level": 1, "ws_deflate_level": 9}, TAKEOVER),
]


@pytest.mark.parametrize(("options", "answer"), ANSWERS)
def test_what_is_agreed_holds_both_ways(
    serving: Serve, options: dict[str, Any], answer: str | None
) -> None:
    messages: list[str | bytes] = [
        "",
        "short",
        "again " * 100,
        b"again " * 100,
        "again " * 100,
        "é" * 100_000,
        "again " * 100,
    ]
    with serving(accepting(echo), **options) as server:
        with CompressingClient(server) as client:
            assert client.answer == answer
            client.send_text("x" * 300)
            assert client.read_data().payload == b"x" * 300
        with connect(server.ws_url, compression="deflate") as peer:
            for each in messages * 2:
                peer.send(each)
            assert [peer.recv() for _ in messages * 2] == messages * 2


@pytest.mark.parametrize(
    ("options", "size", "compressed"),
    [
        pytest.param({}, 255, False, id="below"),
        pytest.param({}, 256, True, id="at"),
        pytest.param({"ws_deflate_threshold": 0}, 0, True, id="none"),
        pytest.param({"ws_deflate_threshold": 200_000}, 199_999, False, id="long-below"),
        pytest.param({"ws_deflate_threshold": 200_000}, 200_000, True, id="long-at"),
        pytest.param({"ws_per_message_deflate": False}, 1000, False, id="off"),
    ],
)
def test_a_message_is_compressed_from_the_threshold_on(
    serving: Serve, options: dict[str, Any], size: int, compressed: bool
) -> None:
    async def body(receive: Receive, send: Send) -> None:
        await send(message(bytes(size)))

    with serving(accepting(body), **options) as server, CompressingClient(server) as client:
        data = client.read_data()
        assert (data.payload, data.compressed) == (bytes(size), compressed)
        assert client.read_last() == (1000, "")


@pytest.mark.parametrize("takeover", [True, False])
def test_a_message_refers_to_those_before_it_where_that_is_agreed(
    serving: Serve, takeover: bool
) -> None:
    async def body(receive: Receive, send: Send) -> None:
        for _ in range(2):
            await send(message(bytes(range(256)) * 2))

    with (
        serving(accepting(body), ws_deflate_takeover=takeover) as server,
        CompressingClient(server) as client,
    ):
        first, second = client.read_data(), client.read_data()
        assert first.payload == second.payload == bytes(range(256)) * 2
        assert (len(second.encoded) < len(first.encoded) // 10) is takeover


def test_an_idle_connection_frees_its_compressor(serving: Serve) -> None:
    """At the second ping without a message between; the next message refers to none."""
    payload = bytes(range(256)) * 2

    async def body(receive: Receive, send: Send) -> None:
        while True:
            await send(message(payload))
            await send(message(payload))
            await receive()

    options = {"ws_ping_interval": 0.05}
    with serving(accepting(body), **options) as server, CompressingClient(server) as client:
        first, second = client.read_data(), client.read_data()
        assert len(second.encoded) < len(first.encoded)
        client.answer_ping()
        client.answer_ping()
        client.send_text("more")
        assert client.read_data() == first


def test_an_idle_connection_goes_on_where_it_was(serving: Serve, seen: Seen) -> None:
    """Nothing is left of the inflater but what the client goes on referring to, and does."""
    text = bytes(range(32, 127)).decode() * 4
    compressor = zlib.compressobj(wbits=-12)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send(ACCEPT)
        share = session_of(receive)._share
        assert share is not None
        while (message := await receive())["type"] == "websocket.receive":
            seen.put((share.extension.has_compressor, share.extension.has_inflater))
            await send({"type": "websocket.send", "text": message["text"]})

    def say() -> int:
        encoded = compressor.compress(text.encode()) + compressor.flush(zlib.Z_SYNC_FLUSH)
        client.send(make_frame(RSV1 | TEXT, encoded[:-4]))
        assert client.read_data().payload == text.encode()
        return len(encoded)

    with (
        serving(app, ws_ping_interval=0.05) as server,
        CompressingClient(server) as client,
    ):
        first = say()
        assert seen.take() == (False, True)
        for _ in range(2):
            for _ in range(3):
                client.answer_ping()
            client.send_text("plain")
            assert seen.take() == (False, False)
            assert client.read_data().payload == b"plain"
            assert say() < first // 4
            assert seen.take() == (False, True)


@pytest.mark.plain
def test_it_does_so_where_there_are_no_pings(
    serving: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()
    release = PerMessageDeflate.release_compressor

    def releasing(extension: PerMessageDeflate) -> None:
        release(extension)
        released.set()

    async def body(receive: Receive, send: Send) -> None:
        await send(message("again " * 100))
        await receive()
        await send(message("again " * 100))

    soon = 0.05 / websocket_connection.WITHOUT_PINGS
    monkeypatch.setattr(websocket_connection, "uniform", lambda *bounds: soon)
    monkeypatch.setattr(PerMessageDeflate, "release_compressor", releasing)
    options = {"ws_ping_interval": 0}
    with serving(accepting(body), **options) as server, CompressingClient(server) as client:
        first = client.read_data()
        assert released.wait(TIMEOUT)
        client.send_text("more")
        assert client.read_data() == first
        assert client.read_last()[0] == 1000


def agree(compression: Compression, **settings: Any) -> Any:
    share = Negotiator(compression, DeflateSettings(**settings)).agree(
        parse_extensions([OFFER.encode()])
    )
    assert share is not None
    return share


def test_takeover_is_agreed_on_while_there_is_room() -> None:
    compression = Compression(1)
    first = agree(compression)
    held = compression.held
    assert (first.answer, held > 0) == (TAKEOVER, True)
    second = agree(compression)
    assert (second.answer, compression.held) == (NO_TAKEOVER, held)
    for _ in range(2):
        first.end()
        second.end()
        assert compression.held == 0
    assert agree(compression).answer == TAKEOVER


def test_what_is_in_use_is_told() -> None:
    told = list[int]()
    compression = Compression(10**9)
    compression.watch = told.append
    share = agree(compression, threshold=0)
    (hello,) = deflate_all([b"Hello"])
    share.look(0, 0)
    assert list(share.extension.decode(hello, True)) == [b"Hello"]
    share.look(0, 1)
    share.extension.encode(b"Hello")
    share.look(1, 1)
    assert told == [11 * KIB, 32 * KIB]
    share.look(1, 1)
    share.look(1, 1)
    assert told == [11 * KIB, 32 * KIB, 0]
    share.extension.encode(b"Hello")
    share.look(2, 1)
    share.end()
    share.end()
    assert (told[3:], compression.in_use, compression.held) == ([32 * KIB, 0], 0, 0)


def test_no_offer_that_can_be_obeyed_holds_nothing() -> None:
    compression = Compression(1)
    negotiator = Negotiator(compression, DeflateSettings())
    assert negotiator.agree(parse_extensions([b"permessage-deflate; x", b"other"])) is None
    assert compression.held == 0


def test_further_connections_agree_on_no_takeover_until_others_end(
    serving: Serve, seen: Seen
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send(ACCEPT)
        await echo(receive, send)
        seen.put("ended")

    with serving(app, ws_deflate_memory=1) as server:
        with CompressingClient(server) as first, CompressingClient(server) as second:
            assert [first.answer, second.answer] == [TAKEOVER, NO_TAKEOVER]
            for _ in range(2):
                second.send_text("x" * 300)
                assert second.read_data().payload == b"x" * 300
        assert [seen.take(), seen.take()] == ["ended", "ended"]
        settle(server)
        with CompressingClient(server) as third:
            assert third.answer == TAKEOVER


async def closing(receive: Receive, send: Send) -> None:
    await send(ACCEPT)
    await send({"type": "websocket.close"})


async def waiting(receive: Receive, send: Send) -> None:
    await send(ACCEPT)
    await receive()


async def refused_twice(receive: Receive, send: Send) -> None:
    for _ in range(2):
        assert isinstance(await error_of(send(NOT_OFFERED)), RuntimeError)
    await waiting(receive, send)


async def refused(receive: Receive, send: Send) -> None:
    assert isinstance(await error_of(send(NOT_OFFERED)), RuntimeError)


async def late(receive: Receive, send: Send) -> None:
    assert (await receive())["code"] == 1006
    await send(ACCEPT)


def resets(client: Client) -> None:
    client.read_head()
    client.reset()


def leaves_early(client: Client) -> None:
    client.reset()


def closes(client: Client) -> None:
    client.read_head()
    client.send_close(1000)
    client.read_all()


def reads(client: Client) -> None:
    client.read_all()


@pytest.mark.parametrize(
    ("body", "peer"),
    [
        (closing, closes),
        (waiting, closes),
        (waiting, resets),
        (refused_twice, closes),
        (refused, reads),
        (late, leaves_early),
    ],
)
def test_what_was_held_is_given_back(
    serving: Serve, seen: Seen, body: Body, peer: Callable[[Client], None]
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.put(compression_of(receive))
        await receive()
        await body(receive, send)

    with serving(app) as server, Client(server.connect()) as client:
        client.send(make_upgrade(headers=[("Sec-WebSocket-Extensions", OFFER)]))
        compression = seen.take()
        peer(client)
    assert compression.held == 0
