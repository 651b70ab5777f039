"""What is sent compressed arrives whole and in order, whatever happens while a thread works."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from websockets.sync.client import connect

from tests.asgi.applications import Body, Complaints, Receive, Seen, Send, accepting, error_of
from tests.asgi.compressed import CompressingClient, Held, message, settle, wait_for_held
from tests.client import PING, PONG
from tests.conftest import Serve
from wsgate.asgi.websocket_messages import OFF_LOOP
from wsgate.errors import Disconnected
from wsgate.websocket.deflate import PerMessageDeflate

Ending = Callable[[], Awaitable[None]]

CLOSE_4000 = {"type": "websocket.close", "code": 4000}


@pytest.fixture(autouse=True)
def held_messages_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PerMessageDeflate, "encode", wait_for_held(PerMessageDeflate.encode))


async def begin(send: Send, *payloads: str) -> list[asyncio.Task[None]]:
    """Send each in a task; the first is in its thread then, the others wait in line."""
    tasks = [asyncio.ensure_future(send(message(payload))) for payload in payloads]
    await asyncio.sleep(0)
    first = payloads[0]
    while isinstance(first, Held) and not first.begun.is_set():
        await asyncio.sleep(0)
    return tasks


def test_large_and_small_ones_of_twenty_tasks_leave_in_the_order_of_send(serving: Serve) -> None:
    payloads = [
        f"{number} ".ljust(3 * OFF_LOOP if number % 3 == 0 else 300) for number in range(20)
    ]

    async def body(receive: Receive, send: Send) -> None:
        for _ in range(2):
            await asyncio.gather(*(send(message(payload)) for payload in payloads))

    with serving(accepting(body)) as server, connect(server.ws_url) as client:
        assert [client.recv() for _ in range(40)] == payloads * 2


def test_a_cancelled_send_leaves_once_it_has_begun_and_not_before(serving: Serve) -> None:
    held, waiting, small = Held(), "waiting".ljust(OFF_LOOP), "small"

    async def body(receive: Receive, send: Send) -> None:
        tasks = await begin(send, held, waiting, small)
        tasks[0].cancel()
        tasks[1].cancel()
        await asyncio.wait(tasks[:2])
        assert [task.cancelled() for task in tasks[:2]] == [True, True]
        held.go.set()
        await tasks[2]
        await send(message(held))

    with serving(accepting(body)) as server, connect(server.ws_url) as client:
        assert [client.recv() for _ in range(3)] == [held, small, held]


def test_our_close_comes_behind_what_is_in_line_and_nothing_behind_the_disconnect(
    serving: Serve, seen: Seen
) -> None:
    held = Held()

    async def body(receive: Receive, send: Send) -> None:
        tasks = await begin(send, held, "in line")
        await send(CLOSE_4000)
        seen.put("closing")
        await asyncio.gather(*tasks)
        for _ in range(2):
            seen.put((await receive())["code"])

    with serving(accepting(body)) as server, CompressingClient(server) as client:
        assert seen.take() == "closing"
        client.send_text("comes too late")
        settle(server)
        held.go.set()
        assert client.read_data().payload.decode() == held
        assert client.read_data().payload == b"in line"
        assert client.read_last() == (4000, "")
        assert [seen.take(), seen.take()] == [4000, 4000]


def test_the_peers_close_is_answered_behind_what_is_in_line(serving: Serve, seen: Seen) -> None:
    held = Held()

    async def body(receive: Receive, send: Send) -> None:
        tasks = await begin(send, held, "in line")
        seen.put("begun")
        seen.put((await receive())["code"])
        seen.put(await error_of(send(message("behind the disconnect"))))
        held.go.set()
        await asyncio.wait(tasks)

    with serving(accepting(body)) as server, CompressingClient(server) as client:
        assert seen.take() == "begun"
        client.send_close(4001)
        assert seen.take() == 4001
        assert isinstance(seen.take(), Disconnected)
        assert client.read_data().payload.decode() == held
        assert client.read_data().payload == b"in line"
        assert client.read_close() == (4001, "")


def test_who_is_in_line_when_the_peer_is_lost_is_told(serving: Serve, seen: Seen) -> None:
    held = Held()

    async def body(receive: Receive, send: Send) -> None:
        tasks = await begin(send, held, "in line")
        seen.put("begun")
        seen.put((await receive())["code"])
        held.go.set()
        for task in tasks:
            seen.put(type(await error_of(task)))

    with serving(accepting(body)) as server, CompressingClient(server) as client:
        assert seen.take() == "begun"
        client.reset()
        assert [seen.take(), seen.take(), seen.take()] == [1006, Disconnected, Disconnected]


async def returning() -> None:
    """Nothing is wrong."""


async def raising() -> None:
    raise ValueError("on purpose")


def leaving(held: Held, seen: Seen, end: Ending) -> Body:
    """An application that ends while its message is being compressed."""

    async def body(receive: Receive, send: Send) -> None:
        tasks = await begin(send, held, "in line")
        tasks[1].add_done_callback(lambda _: seen.put("sent"))
        seen.put("leaving")
        await end()

    return body


@pytest.mark.parametrize(("end", "code"), [(returning, 1000), (raising, 1011)])
def test_an_application_may_end_meanwhile(
    serving: Serve, seen: Seen, end: Ending, code: int
) -> None:
    held = Held()
    with (
        serving(accepting(leaving(held, seen, end))) as server,
        CompressingClient(server) as client,
    ):
        assert seen.take() == "leaving"
        settle(server)
        held.go.set()
        assert client.read_data().payload.decode() == held
        assert client.read_data().payload == b"in line"
        assert client.read_last()[0] == code


def test_the_close_timeout_bounds_the_line(serving: Serve, seen: Seen) -> None:
    held = Held()
    app = accepting(leaving(held, seen, returning))
    with (
        serving(app, ws_close_timeout=0.05) as server,
        CompressingClient(server) as client,
    ):
        assert client.read_all() == b""
        held.go.set()
        assert [seen.take(), seen.take()] == ["leaving", "sent"]


def test_the_loop_goes_on_meanwhile(serving: Serve, seen: Seen) -> None:
    held = Held()

    async def body(receive: Receive, send: Send) -> None:
        tasks = await begin(send, held)
        seen.put((await receive())["text"])
        held.go.set()
        await asyncio.gather(*tasks)

    with serving(accepting(body)) as server, CompressingClient(server) as client:
        client.send_frame(PING, b"there?")
        assert client.read_frame() == (PONG, b"there?", True)
        client.send_text("go on")
        assert seen.take() == "go on"
        assert client.read_data().payload.decode() == held


def test_threads_of_the_application_may_all_wait_for_a_send(serving: Serve) -> None:
    large = "large".ljust(OFF_LOOP)

    async def body(receive: Receive, send: Send) -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))

        def send_from_a_thread() -> None:
            async def sending() -> None:
                await send(message(large))

            asyncio.run_coroutine_threadsafe(sending(), loop).result()

        await loop.run_in_executor(None, send_from_a_thread)

    with serving(accepting(body)) as server, connect(server.ws_url) as client:
        assert client.recv() == large


@contextmanager
def no_threads() -> Iterator[None]:
    """No thread can be started meanwhile: there is no room for such a stack."""
    size = threading.stack_size(1 << 50)
    try:
        with pytest.raises(RuntimeError, match="can't start new thread"):
            threading.Thread().start()
        yield
    finally:
        threading.stack_size(size)


def test_where_no_thread_can_be_started_the_line_goes_on(serving: Serve, seen: Seen) -> None:
    payloads = [f"{number} ".ljust(OFF_LOOP) for number in range(4)]
    wrong = {"type": "websocket.send", "text": b"wrong".ljust(OFF_LOOP)}

    async def body(receive: Receive, send: Send) -> None:
        messages = [message(payload) for payload in payloads]
        await receive()  # by now the client has its thread
        with no_threads():
            sent = await asyncio.gather(
                *(send(each) for each in [*messages[:2], wrong, *messages[2:]]),
                return_exceptions=True,
            )
        seen.put([type(each) for each in sent])
        await asyncio.gather(*map(send, messages))

    with serving(accepting(body)) as server, connect(server.ws_url) as client:
        client.send("go on")
        assert [client.recv() for _ in range(8)] == payloads * 2
    nothing = type(None)
    assert seen.take() == [nothing, nothing, RuntimeError, nothing, nothing]


BROKEN = [
    {"text": 5},
    {"bytes": "a".ljust(OFF_LOOP)},
    {"text": b"a".ljust(OFF_LOOP)},
    {"text": "\ud800".ljust(OFF_LOOP)},
    {"text": "a".ljust(OFF_LOOP), "bytes": b"a"},
    {},
]


@pytest.mark.parametrize("broken", BROKEN, ids=range(len(BROKEN)))
@pytest.mark.parametrize("in_line", [False, True])
def test_a_wrong_message_is_told_of_and_harms_no_other(
    serving: Serve, seen: Seen, complaints: Complaints, broken: dict[str, object], in_line: bool
) -> None:
    held = Held()

    async def body(receive: Receive, send: Send) -> None:
        tasks = await begin(send, held) if in_line else []
        wrong = asyncio.ensure_future(error_of(send({"type": "websocket.send", **broken})))
        tasks.append(asyncio.ensure_future(send(message("behind"))))
        await asyncio.sleep(0)
        held.go.set()
        seen.put(await wrong)
        await asyncio.gather(*tasks)
        await send(message(held))

    expected = [held, "behind", held] if in_line else ["behind", held]
    with serving(accepting(body)) as server, connect(server.ws_url) as client:
        assert [client.recv() for _ in expected] == expected
    error = seen.take()
    assert isinstance(error, RuntimeError)
    assert str(error).startswith("websocket.send: ")
    assert complaints() == []
