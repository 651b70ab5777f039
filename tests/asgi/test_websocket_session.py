"""Receiving on an open websocket: nothing is lost, and what waits is bounded."""

from __future__ import annotations

import asyncio

import pytest
from websockets.sync.client import connect

from tests.asgi.applications import Complaints, Receive, Seen, Send, accepting
from tests.client import BINARY, PING, PONG, TEXT, Client, make_close, make_frame
from tests.conftest import Serve
from wsgate.asgi.pongs import MAX_UNANSWERED_PINGS
from wsgate.asgi.websocket_session import WebSocketSession


async def turns(count: int = 5) -> None:
    """Let the event loop go on so many times."""
    for _ in range(count):
        await asyncio.sleep(0)


def session_of(receive: Receive) -> WebSocketSession:
    """The session behind the application's `receive`."""
    session = receive.__self__  # type: ignore[attr-defined]
    assert isinstance(session, WebSocketSession)
    return session


def test_R34_a_cancelled_receive_loses_nothing(serving: Serve) -> None:
    messages = 1000

    async def body(receive: Receive, send: Send) -> None:
        expected, cancelled = 0, 0
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(receive(), 0.001)
        await send({"type": "websocket.send", "text": "go"})
        while expected < messages:
            try:
                message = await asyncio.wait_for(receive(), 0.0001)
            except asyncio.TimeoutError:
                cancelled += 1
                continue
            assert message["text"] == str(expected)
            expected += 1
            if expected % 10 == 0:
                await send({"type": "websocket.send", "text": str(expected)})

    with serving(accepting(body)) as server, Client(server.connect()) as client:
        client.open_websocket()
        assert client.read_text() == "go"
        for start in range(0, messages, 10):
            for number in range(start, start + 10):
                client.send_text(str(number))
            assert client.read_text() == str(start + 10)
        assert client.read_close() == (1000, "")


def test_R34_a_receive_that_is_cancelled_when_a_message_has_come_loses_nothing(
    serving: Serve, seen: Seen
) -> None:
    async def body(receive: Receive, send: Send) -> None:
        first = asyncio.ensure_future(receive())
        second = asyncio.ensure_future(receive())
        await turns()
        await send({"type": "websocket.send", "text": "both wait"})
        while not session_of(receive).core.messages_received:
            await asyncio.sleep(0)
        second.cancel()
        seen.put((await first)["text"])
        await asyncio.wait({second})
        seen.put(second.cancelled())
        await send({"type": "websocket.send", "text": "cancelled"})
        seen.put((await receive())["text"])

    with serving(accepting(body)) as server, Client(server.connect()) as client:
        client.open_websocket()
        assert client.read_text() == "both wait"
        client.send_text("one")
        assert client.read_text() == "cancelled"
        client.send_text("two")
        assert client.read_close() == (1000, "")
    assert [seen.take(), seen.take(), seen.take()] == ["one", True, "two"]


def test_receive_from_two_tasks_gives_each_message_once_and_both_the_disconnect(
    serving: Serve, seen: Seen
) -> None:
    messages = 200

    async def body(receive: Receive, send: Send) -> None:
        async def collect() -> tuple[list[int], int]:
            taken = []
            while (message := await receive())["type"] == "websocket.receive":
                taken.append(int(message["text"]))
                await asyncio.sleep(0)
            return taken, message["code"]

        seen.put(await asyncio.gather(collect(), collect()))

    with serving(accepting(body)) as server, Client(server.connect()) as client:
        client.open_websocket()
        for number in range(messages):
            client.send_text(str(number))
        client.send_close(4000)
        assert client.read_close() == (4000, "")
    (one, code), (two, other_code) = seen.take()
    assert code == other_code == 4000
    assert one == sorted(one)
    assert two == sorted(two)
    assert sorted(one + two) == list(range(messages))


@pytest.mark.parametrize(
    ("limits", "size", "total"),
    [
        pytest.param({"ws_max_queue": 2}, 10, 50_000, id="R25-messages"),
        pytest.param({"ws_max_buffer": 65_536}, 8192, 1000, id="R25-bytes"),
        pytest.param({"ws_max_queue": 1, "ws_max_buffer": 1}, 8192, 1000, id="R25-one"),
    ],
)
def test_reading_pauses_when_too_much_waits_and_goes_on_without_loss(
    serving: Serve, seen: Seen, limits: dict[str, int], size: int, total: int
) -> None:
    payload = bytes(size)

    async def body(receive: Receive, send: Send) -> None:
        session = session_of(receive)
        while session._inbox.reading:
            await asyncio.sleep(0)
        held = session.core.messages_received
        await turns(100)
        seen.put(session.core.messages_received == held < total)
        for _ in range(total):
            assert (await receive())["bytes"] == payload
        seen.put(not session._inbox.reading)
        seen.put((await receive())["code"])

    with serving(accepting(body), **limits) as server, Client(server.connect()) as client:
        client.open_websocket()
        client.send(make_frame(BINARY, payload) * total + make_close(4000))
        assert client.read_close() == (4000, "")
    assert [seen.take(), seen.take(), seen.take()] == [True, False, 4000]


def test_text_that_is_not_ascii_counts_with_its_bytes(serving: Serve, seen: Seen) -> None:
    async def body(receive: Receive, send: Send) -> None:
        session = session_of(receive)
        while session.core.messages_received < 8:
            await asyncio.sleep(0)
        seen.put(not session._inbox.reading)
        for _ in range(7):
            await receive()
        seen.put(not session._inbox.reading)
        await receive()

    # Eight times 300 bytes: over the limit, but not if characters counted.
    with (
        serving(accepting(body), ws_max_buffer=2000) as server,
        Client(server.connect()) as client,
    ):
        client.open_websocket()
        client.send(make_frame(TEXT, ("é" * 150).encode()) * 8)
        assert client.read_close() == (1000, "")
    assert [seen.take(), seen.take()] == [True, False]


def test_an_application_that_closes_lets_the_peers_close_through_a_full_queue(
    serving: Serve, seen: Seen
) -> None:
    async def body(receive: Receive, send: Send) -> None:
        while session_of(receive)._inbox.reading:
            await asyncio.sleep(0)
        await send({"type": "websocket.close", "code": 4000})
        seen.put((await receive())["code"])

    with serving(accepting(body), ws_max_queue=1) as server, Client(server.connect()) as client:
        client.open_websocket()
        client.send(make_frame(BINARY, bytes(100)) * 10_000)
        assert client.read_close() == (4000, "")
        client.send_close(4000)
        assert client.read_all() == b""
        assert seen.take() == 4000


def test_pings_are_answered_while_the_application_is_occupied(serving: Serve) -> None:
    async def body(receive: Receive, send: Send) -> None:
        await receive()

    with serving(accepting(body)) as server, Client(server.connect()) as client:
        client.open_websocket()
        client.send_frame(PING, b"one")
        client.send_frame(PONG, b"unsolicited")
        client.send_frame(PING, b"")
        assert client.read_frame() == (PONG, b"one", True)
        assert client.read_frame() == (PONG, b"", True)
        client.send_text("end")
        assert client.read_close() == (1000, "")


def test_F26_pings_of_a_peer_that_does_not_read_are_answered_by_one_pong(
    serving: Serve, seen: Seen
) -> None:
    size = 8 * 1024 * 1024

    async def body(receive: Receive, send: Send) -> None:
        sending = asyncio.ensure_future(send({"type": "websocket.send", "bytes": bytes(size)}))
        await turns()
        seen.put("blocked")
        seen.put((await receive())["text"])
        await sending

    with serving(accepting(body)) as server, Client(server.connect()) as client:
        client.open_websocket()
        assert seen.take() == "blocked"
        for number in range(5):
            client.send_frame(PING, b"%d" % number)
        client.send_text("behind the pings")
        assert seen.take() == "behind the pings"
        assert client.read_frame().payload == bytes(size)
        assert client.read_frame() == (PONG, b"4", True)
        assert client.read_close() == (1000, "")


def test_F26_too_many_pings_of_a_peer_that_does_not_read_are_1008(
    serving: Serve, seen: Seen
) -> None:
    size = 8 * 1024 * 1024

    async def body(receive: Receive, send: Send) -> None:
        sending = asyncio.ensure_future(send({"type": "websocket.send", "bytes": bytes(size)}))
        await turns()
        seen.put("blocked")
        seen.put((await receive())["code"])
        await sending

    with serving(accepting(body)) as server, Client(server.connect()) as client:
        client.open_websocket()
        assert seen.take() == "blocked"
        client.send(make_frame(PING) * (MAX_UNANSWERED_PINGS + 10))
        assert seen.take() == 1008
        assert client.read_frame().payload == bytes(size)
        assert client.read_close() == (1008, "too many pings while pongs are not read")


def test_a_client_that_others_wrote(serving: Serve, complaints: Complaints) -> None:
    async def body(receive: Receive, send: Send) -> None:
        while (message := await receive())["type"] == "websocket.receive":
            await send({**message, "type": "websocket.send"})

    messages: list[str | bytes] = ["", "héllo", b"", b"\0\xff", "x" * 100_000, bytes(200_000)]
    with serving(accepting(body)) as server, connect(server.ws_url, compression=None) as client:
        for message in messages:
            client.send(message)
            assert client.recv() == message
        client.send(["in ", "three ", "fragments"])
        assert client.recv() == "in three fragments"
        assert client.ping().wait(20)
        client.close(4001, "bye")
        assert (client.close_code, client.close_reason) == (4001, "bye")
    assert complaints() == []
