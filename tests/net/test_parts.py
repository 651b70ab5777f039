"""What a peer has sent at once is taken in parts, between which others have their turn."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from tests.asgi.applications import Receive, Seen, Send
from tests.client import TEXT, Client, make_close, make_frame, make_upgrade
from tests.conftest import Serve
from tests.net.conftest import Reading
from wsgate.asgi.cause import Cause
from wsgate.asgi.websocket_phase import Disconnect
from wsgate.asgi.websocket_session import MAX_EARLY, WebSocketSession
from wsgate.websocket.connection import AT_ONCE

COUNT = MAX_EARLY // len(make_frame(TEXT, b"0000")) + 1
FLOOD = b"".join(make_frame(TEXT, b"%04d" % number) for number in range(COUNT))
"""So much that the server stops reading it before accept: it is there at once then."""


def session_of(receive: Receive) -> WebSocketSession:
    session = receive.__self__  # type: ignore[attr-defined]
    assert isinstance(session, WebSocketSession)
    return session


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def waiting(gate: asyncio.Event, body: Callable[[Receive, Send], Any]) -> Any:
    """An application that accepts when a gate is open."""

    async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        await receive()
        await gate.wait()
        await send({"type": "websocket.accept"})
        await body(receive, send)

    return application


async def collect(receive: Receive) -> tuple[list[int], int]:
    """All messages, which are numbers, and the code at the end."""
    numbers = []
    while (message := await receive())["type"] == "websocket.receive":
        numbers.append(int(message["text"]))
    return numbers, message["code"]


def test_R13_others_have_their_turn_between_two_parts(
    ws_serving: Serve, seen: Seen, reading: Reading
) -> None:
    gate = asyncio.Event()

    async def body(receive: Receive, send: Send) -> None:
        core = session_of(receive).core
        at_turns = [core.messages_received]
        collecting = asyncio.ensure_future(collect(receive))
        while not collecting.done():
            await asyncio.sleep(0)
            at_turns.append(core.messages_received)
        seen.put(max(later - before for before, later in pairwise(at_turns)))
        seen.put(collecting.result())

    with ws_serving(waiting(gate, body)) as server, Client(server.connect()) as client:
        client.send(make_upgrade() + FLOOD + make_close(4000))
        reading.wait_for_pause()
        server.call(gate.set)
        # The last part of one read and the first of the next may fall into one turn.
        assert seen.take() <= 2 * AT_ONCE
        assert seen.take() == (list(range(COUNT)), 4000)


def test_R25_a_part_waits_until_there_is_room_for_it(
    ws_serving: Serve, seen: Seen, reading: Reading
) -> None:
    gate = asyncio.Event()

    async def body(receive: Receive, send: Send) -> None:
        await turns(100)
        seen.put(session_of(receive).core.messages_received)
        seen.put(not session_of(receive)._inbox.reading)
        seen.put(await collect(receive))

    with (
        ws_serving(waiting(gate, body), ws_max_queue=1) as server,
        Client(server.connect()) as client,
    ):
        client.send(make_upgrade() + FLOOD + make_close(4000))
        reading.wait_for_pause()
        server.call(gate.set)
        assert [seen.take(), seen.take()] == [AT_ONCE, True]
        assert seen.take() == (list(range(COUNT)), 4000)


def test_an_application_that_closes_gets_the_peers_close_from_behind_the_rest(
    ws_serving: Serve, seen: Seen, reading: Reading
) -> None:
    gate = asyncio.Event()

    async def body(receive: Receive, send: Send) -> None:
        await turns(100)
        await send({"type": "websocket.close", "code": 4001})
        seen.put(await receive())

    options = {"ws_max_queue": 1, "ws_close_timeout": 3600.0}
    with (
        ws_serving(waiting(gate, body), **options) as server,
        Client(server.connect()) as client,
    ):
        client.send(make_upgrade() + FLOOD + make_close(4000))
        reading.wait_for_pause()
        server.call(gate.set)
        client.read_head()
        assert client.read_close() == (4001, "")
        assert client.read_all() == b""
        assert seen.take()["code"] == 4001


def test_what_was_read_before_a_loss_is_taken_with_it(
    ws_serving: Serve, seen: Seen, reading: Reading, caplog: pytest.LogCaptureFixture
) -> None:
    """The application may answer behind the loss: the bytes go nowhere, and nobody complains."""
    gate = asyncio.Event()

    async def body(receive: Receive, send: Send) -> None:
        session_of(receive)._writer.abort()
        numbers = []
        while (message := await receive())["type"] == "websocket.receive":
            numbers.append(int(message["text"]))
            if len(numbers) > 2 * AT_ONCE:
                await send({**message, "type": "websocket.send"})
        seen.put((numbers, message["code"]))

    with ws_serving(waiting(gate, body)) as server, Client(server.connect()) as client:
        client.send(make_upgrade() + FLOOD)
        reading.wait_for_pause()
        server.call(gate.set)
        numbers, code = seen.take()
        assert numbers == list(range(len(numbers)))
        assert len(numbers) * len(make_frame(TEXT, b"0000")) > MAX_EARLY - 1000
        assert code == 1006
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []


def test_R30_what_was_read_before_a_drain_is_taken_before_its_disconnect(
    ws_serving: Serve, seen: Seen, reading: Reading
) -> None:
    gate = asyncio.Event()

    async def body(receive: Receive, send: Send) -> None:
        session_of(receive).shut_down(Disconnect(1012, "", Cause.SHUTDOWN))
        seen.put(await collect(receive))

    options = {"ws_close_timeout": 3600.0}
    with ws_serving(waiting(gate, body), **options) as server, Client(server.connect()) as client:
        client.send(make_upgrade() + FLOOD)
        reading.wait_for_pause()
        server.call(gate.set)
        client.read_head()
        assert client.read_close() == (1012, "")
        client.send_close(1012)
        assert client.read_all() == b""
        numbers, code = seen.take()
        assert numbers == list(range(len(numbers)))
        assert len(numbers) * len(make_frame(TEXT, b"0000")) > MAX_EARLY - 1000
        assert code == 1012
