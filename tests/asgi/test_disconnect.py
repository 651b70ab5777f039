"""The end of a websocket as the application sees it: the true code, once and for ever."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

import wsgate
from tests.asgi.applications import (
    Application,
    Complaints,
    Receive,
    Seen,
    Send,
    accepting,
    disconnect,
    error_of,
)
from tests.client import BINARY, CLOSE, CONTINUATION, TEXT, Client, make_close, make_frame
from tests.conftest import Serve

SEND = {"type": "websocket.send", "text": "x"}
UNMASKED = make_frame(TEXT, b"x", mask=b"")


def reporting(seen: Seen) -> Application:
    """Hand back what comes up to the disconnect, and what can be done after it."""

    async def body(receive: Receive, send: Send) -> None:
        message = await receive()
        while message["type"] == "websocket.receive":
            seen.put(message.get("text"))
            message = await receive()
        seen.put(message)
        for _ in range(3):
            assert await receive() == message
        errors = [await error_of(send(SEND)), await error_of(send({"type": "websocket.close"}))]
        seen.put([type(error) for error in errors])
        await send(SEND)

    return accepting(body)


def check(
    seen: Seen, complaints: Complaints, cause: str, code: int = 1006, reason: str = ""
) -> None:
    """The application saw this disconnect, each time; send() told it so; the log is silent."""
    assert seen.take() == disconnect(cause, code, reason)
    assert seen.take() == [wsgate.Disconnected, wsgate.Disconnected]
    assert seen.empty
    assert complaints() == []


def test_Disconnected_is_an_OSError() -> None:
    assert issubclass(wsgate.Disconnected, OSError)


@pytest.mark.parametrize(
    ("close", "code", "reason"),
    [
        pytest.param((1000,), 1000, "", id="normal"),
        pytest.param((1001, "going"), 1001, "going", id="C06-going-away"),
        pytest.param((4444, "héllo"), 4444, "héllo", id="C06-own-code-and-reason"),
        pytest.param((), 1005, "", id="C01-no-code"),
    ],
)
def test_the_peers_own_code_and_reason(
    serving: Serve,
    seen: Seen,
    complaints: Complaints,
    close: tuple[Any, ...],
    code: int,
    reason: str,
) -> None:
    with serving(reporting(seen)) as server, Client(server.connect()) as client:
        client.open_websocket()
        client.send_close(*close)
        assert client.read_close() == ((code, reason) if close else (None, ""))
        assert client.read_all() == b""
    check(seen, complaints, "peer", code, reason)


@pytest.mark.parametrize(
    ("before", "leave"),
    [
        pytest.param(b"", Client.finish, id="C13-FIN"),
        pytest.param(b"", Client.reset, id="C13-RST"),
        pytest.param(make_frame(TEXT, b"half")[:-1], Client.finish, id="R10-FIN-in-frame"),
        pytest.param(make_frame(TEXT, b"half", fin=False), Client.finish, id="R10-FIN-in-message"),
    ],
)
def test_1006_where_TCP_was_lost(
    serving: Serve,
    seen: Seen,
    complaints: Complaints,
    before: bytes,
    leave: Callable[[Client], None],
) -> None:
    with serving(reporting(seen)) as server, Client(server.connect()) as client:
        client.open_websocket()
        client.send(before)
        leave(client)
        check(seen, complaints, "lost")


def test_1006_where_a_silent_peer_does_not_answer_a_ping(
    serving: Serve, seen: Seen, complaints: Complaints
) -> None:
    with (
        serving(reporting(seen), ws_ping_interval=0.1, ws_ping_timeout=0.1) as server,
        Client(server.connect()) as client,
    ):
        client.open_websocket()
        check(seen, complaints, "ping_timeout")


@pytest.mark.parametrize(
    ("data", "code", "cause"),
    [
        pytest.param(UNMASKED, 1002, "protocol", id="F02-1002"),
        pytest.param(make_frame(CLOSE, b"\0"), 1002, "protocol", id="C02-1002"),
        pytest.param(make_frame(TEXT, b"\xff"), 1007, "invalid_payload", id="T01-1007"),
        pytest.param(make_frame(BINARY, bytes(1001)), 1009, "too_big", id="1009"),
        pytest.param(
            make_frame(TEXT, b"", fin=False) + 9 * make_frame(CONTINUATION, b"", fin=False),
            1008,
            "policy",
            id="F19-1008",
        ),
    ],
)
def test_our_code_where_the_peer_broke_a_rule(
    serving: Serve, seen: Seen, complaints: Complaints, data: bytes, code: int, cause: str
) -> None:
    limits = {"ws_max_size": 1000, "ws_max_fragments": 8}
    with serving(reporting(seen), **limits) as server, Client(server.connect()) as client:
        client.open_websocket()
        client.send(data)
        said, reason = client.read_close()
        assert said == code
        assert client.read_all() == b""
    check(seen, complaints, cause, code, reason)


def test_1012_where_the_server_restarts(serving: Serve, seen: Seen, complaints: Complaints) -> None:
    with serving(reporting(seen)) as server, Client(server.connect()) as client:
        client.open_websocket()
        server.stop()
        code, reason = client.read_close()
        client.send_close(code)
        assert client.read_all() == b""
    check(seen, complaints, "shutdown", 1012, reason)
    assert code == 1012


@pytest.mark.parametrize(
    ("fails", "cause", "code", "reason", "complaint"),
    [
        pytest.param(
            True,
            "application_error",
            1011,
            "internal error",
            ["Exception in the ASGI application"],
            id="R22",
        ),
        pytest.param(False, "application", 1000, "", [], id="R23"),
    ],
)
def test_raise_is_1011_and_return_is_1000_for_the_peer_and_for_a_task_that_is_left(
    serving: Serve,
    seen: Seen,
    complaints: Complaints,
    fails: bool,
    cause: str,
    code: int,
    reason: str,
    complaint: list[str],
) -> None:
    async def body(receive: Receive, send: Send) -> None:
        async def left() -> None:
            seen.put(await receive())
            seen.put(await receive())
            seen.put(await error_of(send(SEND)))

        seen.task = asyncio.ensure_future(left())  # type: ignore[attr-defined]
        await asyncio.sleep(0)
        if fails:
            raise ValueError("after accept")

    with serving(accepting(body)) as server, Client(server.connect()) as client:
        client.open_websocket()
        assert client.read_close() == (code, reason)
        assert seen.take() == seen.take() == disconnect(cause, code, reason)
        assert isinstance(seen.take(), wsgate.Disconnected)
        client.send_close(code)
        assert client.read_all() == b""
    assert complaints() == complaint


@pytest.mark.parametrize(
    ("end", "code"),
    [
        pytest.param(make_close(4444, "bye"), 4444, id="C09-peers-close"),
        pytest.param(UNMASKED, 1002, id="violation"),
    ],
)
def test_a_close_takes_its_place_in_the_order(
    serving: Serve, seen: Seen, end: bytes, code: int
) -> None:
    async def body(receive: Receive, send: Send) -> None:
        for _ in range(2):
            message = await receive()
            await send({"type": "websocket.send", "text": f"echo of {message['text']}"})
        await send({"type": "websocket.send", "text": "last words"})
        seen.put((await receive())["code"])

    messages = make_frame(TEXT, b"one") + make_frame(TEXT, b"two")
    with serving(accepting(body)) as server, Client(server.connect()) as client:
        client.open_websocket()
        client.send(messages + end + make_frame(TEXT, b"discarded"))
        assert [client.read_text() for _ in range(3)] == [
            "echo of one",
            "echo of two",
            "last words",
        ]
        assert client.read_close()[0] == code
        assert client.read_all() == b""
        assert seen.take() == code


def test_messages_that_were_complete_before_the_loss_come_first(serving: Serve, seen: Seen) -> None:
    lost = asyncio.Event()

    async def body(receive: Receive, send: Send) -> None:
        seen.put((await receive())["text"])
        await lost.wait()
        seen.put((await receive())["text"])
        seen.put(await receive())

    with serving(accepting(body)) as server, Client(server.connect()) as client:
        client.open_websocket()
        client.send(make_frame(TEXT, b"one") + make_frame(TEXT, b"two"))
        client.finish()
        assert client.read_all() == b""
        assert seen.take() == "one"
        server.call(lost.set)
        assert seen.take() == "two"
        assert seen.take() == disconnect("lost")


def test_who_asks_for_ever_does_not_hold_up_the_loop(serving: Serve) -> None:
    answered = threading.Event()

    async def body(receive: Receive, send: Send) -> None:
        while not answered.is_set():
            await receive()

    with serving(accepting(body)) as server:
        with Client(server.connect()) as first:
            first.open_websocket()
            first.send_close(1000)
            assert first.read_close() == (1000, "")
        with Client(server.connect()) as second:
            second.open_websocket()
            answered.set()
