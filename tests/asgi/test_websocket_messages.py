"""What an application may send on an open websocket, and what it is told where it may not."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.asgi.applications import (
    Complaints,
    Message,
    Receive,
    Seen,
    Send,
    accepting,
    disconnect,
    error_of,
)
from tests.client import BINARY, PING, TEXT, Client
from tests.conftest import Serve

SEND = "websocket.send"
CLOSE = "websocket.close"


@pytest.mark.parametrize(
    ("message", "frame"),
    [
        pytest.param({"text": "héllo"}, (TEXT, "héllo".encode(), True), id="text"),
        pytest.param({"bytes": b"\0\xff"}, (BINARY, b"\0\xff", True), id="bytes"),
        pytest.param({"text": ""}, (TEXT, b"", True), id="empty-text"),
        pytest.param({"bytes": b""}, (BINARY, b"", True), id="empty-bytes"),
        pytest.param({"text": "x", "bytes": None}, (TEXT, b"x", True), id="bytes-none"),
        pytest.param({"text": None, "bytes": b"x"}, (BINARY, b"x", True), id="text-none"),
        pytest.param({"bytes": bytearray(b"x")}, (BINARY, b"x", True), id="bytearray"),
        pytest.param({"bytes": memoryview(b"x")}, (BINARY, b"x", True), id="memoryview"),
    ],
)
def test_a_message_becomes_a_frame(serving: Serve, message: Message, frame: Any) -> None:
    async def body(receive: Receive, send: Send) -> None:
        await send({"type": SEND, **message})

    with serving(accepting(body)) as server, Client(server.connect()) as client:
        client.open_websocket()
        assert client.read_frame() == frame
        assert client.read_close() == (1000, "")


def test_text_and_binary_reach_the_application_under_their_own_key(
    serving: Serve, seen: Seen
) -> None:
    async def body(receive: Receive, send: Send) -> None:
        for _ in range(3):
            seen.put(await receive())

    with serving(accepting(body)) as server, Client(server.connect()) as client:
        client.open_websocket()
        client.send_text("héllo")
        client.send_frame(BINARY, b"\0\xff")
        client.send_frame(TEXT, b"in ", fin=False)
        client.send_frame(PING)
        client.send_frame(0, b"two", fin=True)
        assert seen.take() == {"type": "websocket.receive", "text": "héllo"}
        assert seen.take() == {"type": "websocket.receive", "bytes": b"\0\xff"}
        assert seen.take() == {"type": "websocket.receive", "text": "in two"}


WRONG = [
    pytest.param({"type": SEND, "text": "a", "bytes": b"b"}, "either text (str)", id="R37-both"),
    pytest.param({"type": SEND}, "expected either text (str) or bytes", id="R37-neither"),
    pytest.param({"type": SEND, "text": None, "bytes": None}, "NoneType", id="R37-both-none"),
    pytest.param({"type": SEND, "text": b"a"}, "text: bytes", id="R37-text-of-bytes"),
    pytest.param({"type": SEND, "bytes": "a"}, "bytes: str", id="R37-bytes-of-str"),
    pytest.param({"type": SEND, "text": {"a": 1}}, "text: dict", id="R37-text-of-dict"),
    pytest.param({"type": SEND, "bytes": [1]}, "bytes: list", id="R37-bytes-of-list"),
    pytest.param({"type": SEND, "text": "\ud800"}, "surrogate", id="T09"),
    pytest.param({"type": "websocket.accept"}, "expected websocket.send", id="R37-two-accepts"),
    pytest.param({"type": "websocket.pong"}, "got 'websocket.pong'", id="R37-unknown-type"),
    pytest.param({"type": "http.response.start"}, "expected websocket.send", id="R37-http"),
    pytest.param({"type": "websocket.http.response.start"}, "websocket.send", id="R37-denial"),
    pytest.param({"text": "a"}, "got None, expected websocket.send", id="R37-no-type"),
    pytest.param({"type": ["a"]}, "got ['a'], expected websocket.send", id="R37-type-of-list"),
    *(
        pytest.param({"type": CLOSE, "code": code}, f"got {code!r}", id=f"C14-{code}")
        for code in (999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 70000, -1, None, "1000", 1e3)
    ),
    pytest.param({"type": CLOSE, "reason": 5}, "expected a str", id="R37-reason-of-int"),
    pytest.param({"type": CLOSE, "reason": b"x"}, "expected a str", id="R37-reason-of-bytes"),
    pytest.param({"type": CLOSE, "reason": "\udfff"}, "surrogates", id="T09-reason"),
]


@pytest.mark.parametrize(("message", "sentence"), WRONG)
def test_wrong_use_raises_RuntimeError_and_leaves_the_wire_alone(
    serving: Serve, seen: Seen, complaints: Complaints, message: Message, sentence: str
) -> None:
    async def body(receive: Receive, send: Send) -> None:
        seen.put(await error_of(send(message)))
        await send({"type": SEND, "text": "still open"})
        await receive()

    with serving(accepting(body)) as server, Client(server.connect()) as client:
        client.open_websocket()
        assert client.read_text() == "still open"
        client.send_close(1000)
        assert client.read_close() == (1000, "")
    error = seen.take()
    assert isinstance(error, RuntimeError)
    assert sentence in str(error)
    assert complaints() == []


def test_R37_wrong_use_that_escapes_is_1011(serving: Serve, complaints: Complaints) -> None:
    async def body(receive: Receive, send: Send) -> None:
        await send({"type": SEND})

    with serving(accepting(body)) as server, Client(server.connect()) as client:
        client.open_websocket()
        assert client.read_close()[0] == 1011
    assert complaints() == ["Exception in the ASGI application"]


@pytest.mark.parametrize(
    ("close", "code", "reason"),
    [
        pytest.param({}, 1000, "", id="default"),
        pytest.param({"code": 1001, "reason": None}, 1001, "", id="reason-none"),
        pytest.param({"code": 4999, "reason": "héllo"}, 4999, "héllo", id="own-code"),
        pytest.param({"code": 3000, "reason": "x" * 123}, 3000, "x" * 123, id="C15-fits"),
    ],
)
def test_the_application_closes_with_code_and_reason(
    serving: Serve, seen: Seen, close: Message, code: int, reason: str
) -> None:
    async def body(receive: Receive, send: Send) -> None:
        await send({"type": CLOSE, **close})
        seen.put(await receive())

    with serving(accepting(body)) as server, Client(server.connect()) as client:
        client.open_websocket()
        assert client.read_close() == (code, reason)
        client.send_close(code)
        assert client.read_all() == b""
    assert seen.take() == disconnect("application", code, reason)


@pytest.mark.parametrize(
    ("reason", "cut"),
    [
        pytest.param("x" * 124, "x" * 123, id="C15-ascii"),
        pytest.param("é" * 62, "é" * 61, id="C15-two-bytes"),
        pytest.param("xx" + "😀" * 31, "xx" + "😀" * 30, id="C15-four-bytes"),
    ],
)
def test_a_long_reason_is_cut_at_a_code_point_with_a_warning(
    serving: Serve, complaints: Complaints, reason: str, cut: str
) -> None:
    async def body(receive: Receive, send: Send) -> None:
        await send({"type": CLOSE, "code": 4000, "reason": reason})

    with serving(accepting(body)) as server, Client(server.connect()) as client:
        client.open_websocket()
        assert client.read_close() == (4000, cut)
    assert complaints() == ["websocket.close: the reason was cut to 123 bytes of UTF-8"]


@pytest.mark.parametrize(
    "message",
    [
        pytest.param({"type": CLOSE, "code": 4001}, id="C16-close-twice"),
        pytest.param({"type": SEND, "text": "late"}, id="C16-send-after-close"),
        pytest.param({"type": "websocket.accept"}, id="C16-accept-after-close"),
    ],
)
def test_nothing_may_be_sent_after_close_and_the_wire_is_unchanged(
    serving: Serve, seen: Seen, complaints: Complaints, message: Message
) -> None:
    async def body(receive: Receive, send: Send) -> None:
        await send({"type": CLOSE, "code": 4000})
        seen.put(await error_of(send(message)))

    with serving(accepting(body)) as server, Client(server.connect()) as client:
        client.open_websocket()
        assert client.read_close() == (4000, "")
        client.send_close(4000)
        assert client.read_all() == b""
    error = seen.take()
    assert isinstance(error, RuntimeError)
    assert str(error) == (
        f"send: got {message['type']!r}, expected nothing more: the websocket is closed"
    )
    assert complaints() == []


def test_R35_frames_of_50_tasks_never_interleave_and_keep_each_tasks_order(
    serving: Serve,
) -> None:
    tasks, messages = 50, 20

    async def body(receive: Receive, send: Send) -> None:
        async def speak(task: int) -> None:
            for number in range(messages):
                text = f"{task} {number} ".ljust(1 + 97 * task, "x")
                await send({"type": SEND, "text": text})
                if number % 3 == task % 3:
                    await asyncio.sleep(0)

        await asyncio.gather(*map(speak, range(tasks)))

    with serving(accepting(body)) as server, Client(server.connect()) as client:
        client.open_websocket()
        heard: dict[int, list[int]] = {task: [] for task in range(tasks)}
        for _ in range(tasks * messages):
            text = client.read_text()
            task, number = map(int, text.split()[:2])
            assert text == f"{task} {number} ".ljust(1 + 97 * task, "x")
            heard[task].append(number)
        assert heard == {task: list(range(messages)) for task in range(tasks)}
        assert client.read_close() == (1000, "")
