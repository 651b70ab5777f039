"""The closing handshake where both sides, or TCP, have a say in it."""

from __future__ import annotations

import asyncio

import pytest

from tests.asgi.applications import Body, Complaints, Receive, Seen, Send, accepting, disconnect
from tests.client import CLOSE, TEXT, Client, make_close, make_frame
from tests.conftest import Serve
from wsgate.asgi.websocket_session import WebSocketSession

UNMASKED = make_frame(TEXT, b"x", mask=b"")


@pytest.mark.parametrize(
    ("end", "code"),
    [
        pytest.param(make_close(4444), 4444, id="peers-close"),
        pytest.param(UNMASKED, 1002, id="F02-violation"),
    ],
)
def test_FIN_behind_the_peers_end_does_not_cost_it_our_close(
    serving: Serve, seen: Seen, complaints: Complaints, end: bytes, code: int
) -> None:
    go_on = asyncio.Event()

    async def body(receive: Receive, send: Send) -> None:
        await go_on.wait()
        await send({"type": "websocket.send", "text": "last words"})
        seen.put((await receive())["code"])

    with serving(accepting(body)) as server, Client(server.connect()) as client:
        client.open_websocket()
        client.send(end)
        client.finish()
        server.call(go_on.set)
        assert client.read_text() == "last words"
        assert client.read_close()[0] == code
        assert client.read_all() == b""
        assert seen.take() == code
    assert complaints() == []


async def returning(receive: Receive, send: Send) -> None:
    await receive()


async def raising(receive: Receive, send: Send) -> None:
    await receive()
    raise ValueError("behind the peer's Close")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param(returning, [], id="R23-return"),
        pytest.param(raising, ["Exception in the ASGI application"], id="R22-raise"),
    ],
)
def test_the_peers_close_is_answered_where_the_application_ends_without_taking_it(
    serving: Serve, complaints: Complaints, body: Body, said: list[str]
) -> None:
    with serving(accepting(body)) as server, Client(server.connect()) as client:
        client.open_websocket()
        client.send(make_frame(TEXT, b"x") + make_close(4444, "bye"))
        assert client.read_close() == (4444, "bye")
        assert client.read_all() == b""
    assert complaints() == said


def test_C12_a_peer_that_does_not_answer_our_close(
    serving: Serve, seen: Seen, complaints: Complaints
) -> None:
    async def body(receive: Receive, send: Send) -> None:
        await send({"type": "websocket.close", "code": 4000, "reason": "bye"})
        seen.put(await receive())

    with (
        serving(accepting(body), ws_close_timeout=0.1) as server,
        Client(server.connect()) as client,
    ):
        client.open_websocket()
        assert client.read_close() == (4000, "bye")
        assert seen.take() == disconnect("application", 4000, "bye")
        assert client.read_all() == b""
    assert complaints() == []


@pytest.mark.parametrize(
    ("end", "code", "reason", "cause"),
    [
        pytest.param(make_close(4444, "bye"), 4444, "bye", "peer", id="peers-close"),
        pytest.param(
            make_frame(CLOSE, b"\3\xe7"), 1002, "close code 999", "protocol", id="C03-violation"
        ),
    ],
)
def test_a_close_of_the_application_changes_nothing_behind_the_peers_end(
    serving: Serve, seen: Seen, end: bytes, code: int, reason: str, cause: str
) -> None:
    async def body(receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.close", "code": 4001, "reason": "too late"})
        seen.put(await receive())

    with serving(accepting(body)) as server, Client(server.connect()) as client:
        client.open_websocket()
        client.send(make_frame(TEXT, b"x") + end)
        said = client.read_close()
        assert said[0] == code
        assert said[1].startswith(reason)
        assert client.read_all() == b""
        assert seen.take() == disconnect(cause, code, said[1])


def test_a_close_of_the_application_wins_over_a_restart(serving: Serve, seen: Seen) -> None:
    async def body(receive: Receive, send: Send) -> None:
        session: WebSocketSession = receive.__self__  # type: ignore[attr-defined]
        while session.disconnect is None:
            await asyncio.sleep(0)
        assert session.disconnect.code == 1012
        await send({"type": "websocket.close", "code": 4001, "reason": "banned"})
        seen.put(await receive())

    with serving(accepting(body)) as server, Client(server.connect()) as client:
        client.open_websocket()
        server.stop()
        assert client.read_close() == (4001, "banned")
        client.send_close(4001)
        assert seen.take() == disconnect("application", 4001, "banned")
