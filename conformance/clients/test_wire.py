"""What a client cannot tell of itself: it is heard on the wire, between client and server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from conformance.clients.facts import CLIENTS, Facts
from tests.e2e.clients import Client
from tests.e2e.command import wsgate
from tests.e2e.conversations import Conversation, Heard
from tests.e2e.overheard import BINARY, CONTINUATION, PING, PONG, TEXT
from tests.e2e.places import PATHS, Place
from tests.e2e.tap import Tap, tapped

LINES = "To be, or not to be: das ist hier die Frage. " * 3000
PATTERN = bytes(range(256)) * 500
END = (1000, "")


def test_compression(client: Client, facts: Facts, tap: Tap) -> None:
    """Agreed where it is offered, used by wsgate then, and by each client that can."""
    said = (LINES, PATTERN)
    heard = client(tap.place, Conversation("/ws/echo", say=said, close=END))
    assert heard == Heard(messages=[*said], code=1000)
    (wire,) = tap.websockets
    length = len(LINES.encode()) + len(PATTERN)
    agreed = facts.offers is not None
    assert wire.client.extensions == facts.offers
    assert (wire.server.extensions or "").startswith("permessage-deflate; ") == agreed
    for side, compressed in ((wire.server, agreed), (wire.client, facts.compresses)):
        assert side.compressed == [compressed, compressed]
        assert side.size < length / 20 if compressed else side.size == length


@pytest.mark.parametrize("name", [name for name, each in CLIENTS.items() if each.fragments])
def test_fragments(client: Client, facts: Facts, tap: Tap) -> None:
    """The application is given whole messages, and both kinds come back as they were."""
    said = (LINES, PATTERN, "Grüße, 世界 \U0001f980")
    conversation = Conversation("/ws/echo", say=said, close=END, fragments=5)
    assert client(tap.place, conversation) == Heard(messages=[*said], code=1000)
    (wire,) = tap.websockets
    opcodes = [frame.opcode for frame in wire.client.data]
    assert [opcode for opcode in opcodes if opcode != CONTINUATION] == [TEXT, BINARY, TEXT]
    assert opcodes.count(CONTINUATION) >= 3 * len(said)
    assert [frame.opcode for frame in wire.server.data] == [TEXT, BINARY, TEXT]


@pytest.mark.parametrize("name", [name for name, each in CLIENTS.items() if each.pings])
@pytest.mark.parametrize("ping", [b"", b"are you there?", bytes(range(125))], ids=len)
def test_ping_of_the_client(client: Client, tap: Tap, ping: bytes) -> None:
    """Its pong comes before the answer to what was said after it."""
    conversation = Conversation("/ws/echo", say=("hi",), close=END, ping=ping)
    assert client(tap.place, conversation) == Heard(messages=["hi"], code=1000)
    (wire,) = tap.websockets
    assert wire.client.payloads(PING) == [ping]
    assert [frame.payload for frame in wire.server.frames[:2]] == [ping, b"hi"]
    assert wire.server.frames[0].opcode == PONG


@pytest.fixture(scope="module", params=PATHS)
def eager(request: pytest.FixtureRequest) -> Iterator[Place]:
    """The application behind a server that pings all the time."""
    options = (*PATHS[request.param], "--ws-ping-interval", "0.05")
    with wsgate("fastapi_app:app", *options) as command:
        yield Place(command.address)


def test_pings_of_the_server(client: Client, name: str, eager: Place) -> None:
    with tapped(eager) as tap, ThreadPoolExecutor(1) as other_thread:
        talking = other_thread.submit(client, tap.place, Conversation(f"/ws/wait/{name}"))
        try:
            tap.wait_for(lambda wire: len(wire.answered_pings) == 3)
        finally:
            eager.fetch(f"/diary/{name}", "POST", "go on")
        assert talking.result() == Heard(code=1000, reason="that was long")


def test_headers_of_the_request(client: Client, shop: Place) -> None:
    fields = {"X-Token": 'a b; c="d"', "Origin": "https://shop.example"}
    cookies = {"session": "abc"}
    conversation = Conversation("/ws/who?q=1", headers=fields, cookies=cookies)
    seen = json.loads(client(shop, conversation).messages[0])
    headers = dict(seen["headers"])
    assert seen["url"] == f"{shop.ws}/ws/who?q=1"
    assert headers["host"] == shop.address
    assert headers["x-token"] == fields["X-Token"]
    assert headers["origin"] == fields["Origin"]
    assert headers["cookie"] == "session=abc"
