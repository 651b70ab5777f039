"""The end of a websocket by its application, by both sides at once, or by nobody."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from tests.client import BINARY, CLOSE, PING, TEXT, Client, Frame, make_close, make_frame
from tests.e2e.wire.live import DRAINED, Live, answer_or_echo
from wsgate.errors import Disconnected

CLOSE_TIMEOUT = 0.2
OURS = (4000, "ours")

RELEASED = threading.Event()
"""What the application of /deaf waits for."""


async def close_on_demand(scope: Any, receive: Any, send: Any) -> None:
    """Echo, and close for the text "close"; under /deaf, receive nothing until released."""

    async def hear() -> Any:
        message = await receive()
        if message.get("text") == "close":
            await send({"type": "websocket.close", "code": OURS[0], "reason": OURS[1]})
            return await receive()
        return message

    async def accept_and_wait(message: Any) -> None:
        await send(message)
        if message["type"] == "websocket.accept" and scope["path"] == "/deaf":
            await asyncio.get_running_loop().run_in_executor(None, RELEASED.wait)

    await answer_or_echo(scope, hear, accept_and_wait)


@pytest.fixture(scope="module")
def application() -> Any:
    return close_on_demand


@pytest.fixture(scope="module")
def options() -> dict[str, Any]:
    return {"ws_close_timeout": CLOSE_TIMEOUT}


def close_by_the_application(live: Live) -> Client:
    """Open a websocket and have the application close it; its Close was read."""
    client = live.open()
    client.send_text("close")
    assert client.read_close() == OURS
    return client


def test_C10_the_server_ends_tcp_when_its_close_was_answered(live: Live) -> None:
    with close_by_the_application(live) as client:
        client.send_close(*OURS)
        live.assert_ended(client)
    assert live.only_call().disconnect == OURS


def test_C10_data_between_the_closes_is_discarded(live: Live) -> None:
    with close_by_the_application(live) as client:
        client.send(make_frame(TEXT, b"late") + make_frame(PING, b"late") + make_close(*OURS))
        client.send(b"x" * DRAINED)
        live.assert_ended(client)
    assert live.only_call().payloads == ["close"]


@pytest.mark.parametrize(
    "theirs",
    [
        pytest.param(make_close(4001, "theirs"), id="C11-other-code"),
        pytest.param(make_close(), id="C11-empty"),
        pytest.param(make_frame(CLOSE, b"\x03"), id="C11-wrong"),
    ],
)
def test_a_close_that_crosses_ours_ends_both(live: Live, theirs: bytes) -> None:
    with close_by_the_application(live) as client:
        client.send(theirs)
        live.assert_ended(client)
    assert live.only_call().disconnect == OURS


def test_C11_a_close_that_came_before_the_application_said_its_own(live: Live) -> None:
    with live.open() as client:
        client.send(make_frame(TEXT, b"close") + make_close(4001, "theirs"))
        said = client.read_close()
        live.assert_ended(client)
    assert said in (OURS, (4001, "theirs"))
    assert live.only_call().disconnect == said


def test_C12_a_peer_that_does_not_answer(live: Live) -> None:
    with close_by_the_application(live) as client:
        live.assert_ends(client)
    live.assert_serves()


def test_C12_a_peer_that_goes_on_instead(live: Live) -> None:
    with close_by_the_application(live) as client:
        for _ in range(1000):
            if client.readable(0.01):
                break
            client.send_frame(BINARY, b"on and on")
        assert client.readable(), "TCP was not closed"
    live.assert_serves()


def test_C12_an_application_that_does_not_take_the_peers_close(live: Live) -> None:
    RELEASED.clear()
    with live.open("/deaf") as client:
        client.send_text("first")
        client.send_close(4001, "theirs")
        try:
            assert client.read_close() == (4001, "theirs")
            live.assert_ended(client)
        finally:
            RELEASED.set()
    call = live.only_call()
    assert call.payloads == ["first"]
    assert isinstance(call.error, Disconnected)  # its echo came too late


CUT = [
    pytest.param(b"", [], id="C13-idle"),
    pytest.param(make_frame(TEXT, b"whole"), ["whole"], id="C13-behind-a-message"),
    pytest.param(make_frame(TEXT, b"half", fin=False), [], id="C13-inside-a-message"),
    pytest.param(make_frame(TEXT, b"whole")[:-1], [], id="C13-inside-a-frame"),
    pytest.param(make_frame(TEXT, b"whole")[:1], [], id="C13-inside-a-header"),
    pytest.param(make_close(1000, "half")[:-2], [], id="C13-inside-a-close"),
]


@pytest.mark.parametrize(("sent", "delivered"), CUT)
def test_the_end_of_the_stream_without_a_close(
    live: Live, sent: bytes, delivered: list[str]
) -> None:
    with live.open() as client:
        client.send(sent)
        client.finish()
        rest = client.read_all()
    assert rest in (b"", b"\x81\x05whole"), "1006 is never sent, and nothing else in its place"
    call = live.only_call()
    assert call.payloads == delivered
    assert call.disconnect == (1006, "")


@pytest.mark.parametrize(("sent", "delivered"), CUT)
def test_a_reset(live: Live, sent: bytes, delivered: list[str]) -> None:
    client = live.open()
    client.send(sent)
    live.settle()
    client.reset()
    call = live.only_call()
    assert call.payloads == delivered
    assert call.disconnect == (1006, "")
    live.assert_serves()


def test_C13_a_close_and_the_end_of_the_stream_behind_it(live: Live) -> None:
    with live.open() as client:
        client.send(make_frame(TEXT, b"last") + make_close(4001, "theirs"))
        client.finish()
        assert client.read_frame() == Frame(TEXT, b"last")
        assert client.read_close() == (4001, "theirs")
        assert client.read_all() == b""
    assert live.only_call().disconnect == (4001, "theirs")


def test_C13_the_end_of_the_stream_in_place_of_an_answer(live: Live) -> None:
    with close_by_the_application(live) as client:
        client.finish()
        assert client.read_all() == b""
    assert live.only_call().disconnect == OURS
