"""python-socketio: polling, the upgrade, rooms, binary, acknowledgements, ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
import socketio

from tests.e2e.places import Place
from tests.e2e.process import TIMEOUT

APPLICATION = "socketio_app:app"

TRANSPORTS = {
    "upgraded": (["polling", "websocket"], "websocket"),
    "polling": (["polling"], "polling"),
    "websocket": (["websocket"], "websocket"),
}
"""What the client may use, and what it ends up with."""


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Client:
    """A client that keeps what it was sent, in order."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self.sio = socketio.AsyncClient(reconnection=False, http_session=http)
        self._events: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self.sio.on("*", self._keep)
        self.sio.on("disconnect", lambda reason: self._keep("disconnect", reason))
        self.sio.on("question", lambda question: question[::-1])

    def _keep(self, event: str, value: Any) -> None:
        self._events.put_nowait((event, value))

    async def heard(self) -> tuple[str, Any]:
        """The next event and what came with it."""
        return await asyncio.wait_for(self._events.get(), TIMEOUT)

    async def call(self, event: str, *values: Any, namespace: str | None = None) -> Any:
        """Send an event, and wait for what acknowledges it."""
        return await self.sio.call(event, values, namespace=namespace, timeout=TIMEOUT)


@asynccontextmanager
async def connected(
    place: Place, transport: str, name: str | None = None, **options: Any
) -> AsyncIterator[Client]:
    """Connect a client that calls itself `name`, and end it."""
    settings = {"auth": {"name": name}, "wait_timeout": TIMEOUT, **options}
    async with aiohttp.ClientSession() as http:
        client = Client(http)
        await client.sio.connect(place.http, transports=TRANSPORTS[transport][0], **settings)
        try:
            assert await client.heard() == ("welcome", {"name": name, "from": None})
            yield client
        finally:
            # Not waiting: Engine.IO's server answers a poll late where its client said good-bye.
            await client.sio.eio.disconnect(abort=True)


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(test, 2 * TIMEOUT))


def test_the_transport(place: Place, transport: str) -> None:
    async def test() -> None:
        async with connected(place, transport) as client:
            expected = TRANSPORTS[transport][1]
            assert client.sio.transport() == expected
            seen = await client.call("session")
            began = "websocket" if transport == "websocket" else "http"
            assert seen == {"name": None, "began": began, "transport": expected}

    run(test())


def test_acknowledgements_of_text_and_binary(place: Place, transport: str) -> None:
    values: list[list[Any]] = [
        ["Grüße, \U0001f980", {"nested": [1, None, 2.5]}],
        [bytes(range(256)), {"in": b"side", "list": [b"", b"1"]}],
        ["x" * 500_000],
        [b"x" * 500_000],
    ]

    async def test() -> None:
        async with connected(place, transport) as client:
            for each in values:
                answer = await client.call("echo", *each)
                assert (list(answer) if len(each) > 1 else [answer]) == each
            assert await client.call("never heard of", 5) == ["never heard of", 5]

    run(test())


def test_rooms(place: Place, transport: str) -> None:
    async def test() -> None:
        async with (
            connected(place, transport) as ann,
            connected(place, transport) as bob,
            connected(place, "upgraded") as eve,
        ):
            room = f"room-{transport}"
            assert [await each.call("join", room) for each in (ann, bob, eve)] == [1, 2, 3]
            await eve.call("leave", room)
            await ann.sio.emit("say", (room, {"text": "hi", "file": b"\x00\xff"}))
            assert await bob.heard() == ("said", {"text": "hi", "file": b"\x00\xff"})
            await bob.sio.emit("say", (room, "bye"))
            assert await ann.heard() == ("said", "bye")
            # Had eve heard anything of the room, it would be here first.
            await eve.sio.emit("count", 1)
            assert await eve.heard() == ("number", 0)

    run(test())


def test_the_server_asks(place: Place, transport: str) -> None:
    async def test() -> None:
        async with connected(place, transport) as client:
            assert await client.call("ask_me", "who?") == "you said ?ohw"

    run(test())


def test_a_background_task_pushes_in_order(place: Place, transport: str) -> None:
    async def test() -> None:
        async with connected(place, transport) as client:
            # As many as Engine.IO takes in one answer to a poll.
            await client.sio.emit("count", 16)
            heard = [await client.heard() for _ in range(16)]
            assert heard == [("number", number) for number in range(16)]

    run(test())


def test_a_namespace(place: Place, transport: str) -> None:
    async def test() -> None:
        async with connected(place, transport, namespaces=["/", "/admin"]) as client:
            assert await client.call("whoami", namespace="/admin") == "admin at /admin"

    run(test())


def test_a_connection_that_is_refused(place: Place, transport: str) -> None:
    async def test() -> None:
        refused: list[Any] = []
        async with aiohttp.ClientSession() as http:
            client = Client(http)
            client.sio.on("connect_error", refused.append)
            with pytest.raises(socketio.exceptions.ConnectionError):
                await client.sio.connect(
                    place.http,
                    transports=TRANSPORTS[transport][0],
                    auth={"token": "wrong"},
                    wait_timeout=TIMEOUT,
                )
        assert refused == [{"message": "wrong token", "data": {"code": 7}}]

    run(test())


def test_both_learn_that_the_client_ends(place: Place, name: str, transport: str) -> None:
    """Over a websocket python-socketio closes before the packet that says so has left."""
    reason = "client disconnect" if transport == "polling" else "transport close"
    name = f"{name}-{transport}"

    async def test() -> None:
        async with connected(place, transport, name) as client:
            await client.sio.disconnect()
            assert await client.heard() == ("disconnect", "client disconnect")

    run(test())
    assert place.fetch(f"/diary/{name}").value == reason


def test_both_learn_that_the_server_ends(place: Place, name: str, transport: str) -> None:
    name = f"{name}-{transport}"

    async def test() -> None:
        async with connected(place, transport, name) as client:
            await client.sio.emit("throw_out")
            assert await client.heard() == ("disconnect", "server disconnect")

    run(test())
    assert place.fetch(f"/diary/{name}").value == "server disconnect"


def test_the_server_learns_that_the_client_was_lost(place: Place, name: str) -> None:
    async def test() -> None:
        async with connected(place, "websocket", name) as client:
            client.sio.eio.ws._response.connection.transport.abort()
            assert await client.heard() == ("disconnect", "transport error")

    run(test())
    assert place.fetch(f"/diary/{name}").value == "transport close"


def test_the_simple_client(place: Place) -> None:
    async def test() -> None:
        async with socketio.AsyncSimpleClient() as client:
            await client.connect(place.http)
            assert (await client.receive(TIMEOUT))[0] == "welcome"
            assert await client.call("echo", "hi", timeout=TIMEOUT) == "hi"

    run(test())


def test_the_open_packet_of_engine_io(place: Place) -> None:
    answer = place.fetch("/socket.io/?EIO=4&transport=polling")
    packet = json.loads(answer.body[1:])
    assert (answer.status, answer.body[:1], packet["upgrades"]) == (200, b"0", ["websocket"])
    again = f"/socket.io/?EIO=4&transport=polling&sid={packet['sid']}"
    assert place.fetch(again, "POST", "40")[::2] == (200, b"OK")
    packets = place.fetch(again).body.split(b"\x1e")
    assert sorted(packet[:9] for packet in packets) == [b'40{"sid":', b'42["welco']


def test_an_old_protocol_is_refused(place: Place) -> None:
    answer = place.fetch("/socket.io/?EIO=2&transport=polling")
    assert answer.status == 400
    assert "unsupported version" in answer.value
