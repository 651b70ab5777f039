"""A connection that ends leaves nothing: no task, no deadline, and no cycle for the collector."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.asgi.applications import Receive, Send, respond
from tests.client import TEXT, Client, make_frame, make_request, make_upgrade
from tests.conftest import Serve
from tests.serving import TIMEOUT, Serving
from tests.websocket.compressing import binary, deflate
from wsgate.asgi.compression import Share
from wsgate.asgi.http_cycle import HttpCycle
from wsgate.asgi.inbox import Inbox
from wsgate.asgi.outbox import Outbox
from wsgate.asgi.waiters import Waiters
from wsgate.asgi.websocket_messages import OFF_LOOP
from wsgate.asgi.websocket_opening import WebSocketOpening
from wsgate.asgi.websocket_session import WebSocketSession
from wsgate.http1.events import Request
from wsgate.http1.reader import RequestReader
from wsgate.http1.writer import ResponseWriter
from wsgate.net.body_wait import BodyWait
from wsgate.net.clock import NEVER, Deadline
from wsgate.net.http_connection import HttpConnection
from wsgate.net.idle import Idle
from wsgate.net.lifetime import Lifetime
from wsgate.net.lingering import Lingering
from wsgate.net.metered_connection import MeteredConnection
from wsgate.net.rates import Throttle
from wsgate.net.service import Service
from wsgate.net.stall import Stall
from wsgate.net.websocket_connection import WebSocketConnection
from wsgate.net.writer import TransportWriter
from wsgate.websocket.connection import Connection
from wsgate.websocket.deflate import PerMessageDeflate

COUNT = 50

LARGE = bytes(5_000_000)

COMPRESSION = [("Sec-WebSocket-Extensions", "permessage-deflate")]

LIMITS = {"ws_idle_timeout": 3600, "max_connection_lifetime": 3600}

OF_A_CONNECTION = (
    BodyWait,
    Connection,
    HttpConnection,
    HttpCycle,
    Idle,
    Inbox,
    Lifetime,
    Lingering,
    MeteredConnection,
    Outbox,
    PerMessageDeflate,
    Request,
    RequestReader,
    ResponseWriter,
    Share,
    Stall,
    Throttle,
    TransportWriter,
    WebSocketConnection,
    WebSocketOpening,
    WebSocketSession,
)


FLOODS: dict[str, dict[str, Any]] = {
    "/flood": {"type": "websocket.send", "bytes": bytes(OFF_LOOP)},
    "/wrong": {"type": "websocket.send", "text": bytes(OFF_LOOP)},
}


async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Do what the path says, and wait where it says nothing."""
    path = scope["path"]
    if path == "/raise":
        raise ValueError("on purpose")
    if scope["type"] == "http" and path == "/answer":
        await respond(send, b"hello")
        return
    if path == "/large":
        await respond(send, LARGE)
        return
    if scope["type"] == "websocket" and path != "/hesitate":
        await send({"type": "websocket.accept"})
    if path == "/close":
        await send({"type": "websocket.close"})
    if path == "/download":
        await send({"type": "http.response.start", "status": 200})
        while True:
            await send({"type": "http.response.body", "body": bytes(OFF_LOOP), "more_body": True})
    while path in FLOODS:
        await send(FLOODS[path])
    while "disconnect" not in (await receive())["type"]:
        pass


def refusing(scope: dict[str, Any], receive: Receive, send: Send) -> Any:
    """No coroutine function: it raises when it is called."""
    raise TypeError("on purpose")


def idle(client: Client) -> None:
    """It has not said a word."""


def in_a_head(client: Client) -> None:
    client.send(b"GET / HTTP/1.1\r\nHo")


def in_a_body(client: Client) -> None:
    client.send(make_request("POST", headers=[("Content-Length", "9")]) + b"1234")


def in_a_response(client: Client) -> None:
    client.send(make_request(target="/download"))
    client.read(100_000)


def in_keep_alive(client: Client) -> None:
    assert client.request(target="/answer").status == 200


def behind_an_error(client: Client) -> None:
    assert client.request(target="/raise").status == 500


def behind_a_refusal(client: Client) -> None:
    client.send(b"NO REQUEST\r\n\r\n")
    assert client.read_response().status == 400


def before_accept(client: Client) -> None:
    client.send(make_upgrade("/hesitate") + make_frame(TEXT, b"early"))


def in_a_websocket(client: Client) -> None:
    client.open_websocket()


def in_a_websocket_behind_a_large_response(client: Client) -> None:
    assert client.request(target="/large").body == LARGE
    client.open_websocket()


def in_a_message(client: Client) -> None:
    client.open_websocket()
    client.send(make_frame(TEXT, b"first", fin=False) + make_frame(TEXT, b"second")[:4])


def held_back(client: Client) -> None:
    client.open_websocket()
    client.send(300 * make_frame(TEXT, b"more than one"))


def behind_the_close(client: Client) -> None:
    client.open_websocket("/close")
    assert client.read_close() == (1000, "")


def behind_a_violation(client: Client) -> None:
    client.open_websocket()
    client.send(make_frame(TEXT, b"unmasked", mask=b""))
    assert client.read_close()[0] == 1002


def in_a_flood(client: Client) -> None:
    client.open_websocket("/flood")
    client.read(100_000)


def in_a_compressed_websocket(client: Client) -> None:
    client.open_websocket(headers=COMPRESSION)
    client.send(binary(deflate(bytes(1000))))


def behind_a_compressed_violation(client: Client) -> None:
    client.open_websocket(headers=COMPRESSION)
    client.send(binary(b"\x07"))
    assert client.read_close()[0] == 1007


def in_a_compressed_flood(client: Client) -> None:
    client.open_websocket("/flood", headers=COMPRESSION)
    client.read(500)


def behind_a_wrong_message(client: Client) -> None:
    client.open_websocket("/wrong", headers=COMPRESSION)
    assert client.read_close()[0] == 1011


STATES = (
    idle,
    in_a_head,
    in_a_body,
    in_a_response,
    in_keep_alive,
    behind_an_error,
    behind_a_refusal,
    before_accept,
    in_a_websocket,
    in_a_websocket_behind_a_large_response,
    in_a_message,
    behind_the_close,
    behind_a_violation,
    in_a_flood,
    in_a_compressed_websocket,
    behind_a_compressed_violation,
    in_a_compressed_flood,
    behind_a_wrong_message,
)


@pytest.fixture
def no_collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What lives on now is held by something, or by itself; not by pytest's copy of the log.

    All that lived before is frozen: `gc.get_objects()` leaves it out, and has little to go through.
    """
    monkeypatch.setattr(logging.getLogger("wsgate.error"), "disabled", True)
    gc.disable()
    gc.freeze()
    yield
    gc.unfreeze()
    gc.enable()


def only(kind: type) -> Any:
    (found,) = (each for each in gc.get_objects() if type(each) is kind)
    return found


def wait_until_nothing_is_open(server: Serving) -> None:
    ended = asyncio.run_coroutine_threadsafe(only(Service).ended(), server.loop)
    ended.result(TIMEOUT)
    let_threads_forget(only(Service).compression.executor)
    for _ in range(4):
        server.call(lambda: None)


def let_threads_forget(executor: ThreadPoolExecutor) -> None:
    """A thread holds a message a little longer than who waits for it: give each something else."""
    threads = executor._max_workers
    together = threading.Barrier(threads + 1)
    for _ in range(threads):
        executor.submit(together.wait, TIMEOUT)
    together.wait(TIMEOUT)


def left_over() -> dict[str, int]:
    """What is left of connections; deadlines count where one is set or holds its owner."""
    counts: dict[str, int] = {}
    for each in gc.get_objects():
        # By type(): isinstance touches dead weak proxies that other tests left.
        if type(each) in OF_A_CONNECTION or (
            type(each) is Deadline and (each.at != NEVER or each._owner is not None)
        ):
            counts[type(each).__name__] = counts.get(type(each).__name__, 0) + 1
    return counts


def churn(server: Serving, state: Callable[[Client], None], end: Callable[[Client], None]) -> None:
    for _ in range(COUNT):
        client = Client(server.connect())
        state(client)
        end(client)
    with Client(server.connect()) as last:
        last.request(target="/answer")  # those before it in the queue have been accepted, too
    wait_until_nothing_is_open(server)


def close(client: Client) -> None:
    client.sock.close()


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("end", [pytest.param(Client.reset, id="R09"), close])
@pytest.mark.parametrize("state", STATES)
def test_R38_nothing_is_left(
    ws_serving: Serve, state: Callable[[Client], None], end: Callable[[Client], None]
) -> None:
    with ws_serving(application, **LIMITS) as server:
        churn(server, state, end)
        assert left_over() == {}
        assert (
            server.call(lambda: len(asyncio.all_tasks())) <= 3
        )  # two of the server, and this call
        assert len(only(Service).tasks) == 0


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize(
    "state",
    [before_accept, in_a_message, pytest.param(held_back, marks=pytest.mark.once), in_a_flood],
)
def test_R38_nothing_is_left_of_what_bounds_a_websocket(
    ws_serving: Serve, state: Callable[[Client], None]
) -> None:
    bounds = {"ws_idle_timeout": 60.0, "max_connection_lifetime": 60.0, "ws_message_rate": 0.1}
    with ws_serving(application, **bounds) as server:
        churn(server, state, Client.reset)
        assert left_over() == {}


@pytest.mark.usefixtures("no_collector")
def test_R38_an_application_that_cannot_be_called(ws_serving: Serve) -> None:
    def state(client: Client) -> None:
        assert client.request().status == 500

    with ws_serving(refusing) as server:
        churn(server, state, close)
        assert left_over() == {}


@pytest.mark.usefixtures("no_collector")
def test_R38_who_waits_is_forgotten(ws_serving: Serve) -> None:
    """The futures of receive() and send() go with their connection."""
    with ws_serving(application) as server:
        churn(server, in_a_websocket, close)
        waiting = [each for each in gc.get_objects() if type(each) is Waiters]
        assert len(waiting) == 1  # for the end of the server
