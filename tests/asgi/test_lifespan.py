"""Start-up and shutdown of the application."""

from __future__ import annotations

import asyncio

import pytest

from tests.asgi.applications import (
    STARTED,
    STOPPED,
    Body,
    Complaints,
    Message,
    Receive,
    Scope,
    Seen,
    Send,
    error_of,
    living,
)
from tests.asgi.conftest import ExitCode
from tests.client import Client
from tests.conftest import Serve
from wsgate.config import Config
from wsgate.event_loop import new_event_loop
from wsgate.server import Server

FAILED = "Application startup failed: "
RAISED = "Exception in the lifespan of the application"


async def complete(receive: Receive, send: Send) -> None:
    await receive()
    await send(STARTED)
    await receive()
    await send(STOPPED)


async def refuse(receive: Receive, send: Send) -> None:
    raise NotImplementedError("no lifespan here")


async def raise_in_startup(receive: Receive, send: Send) -> None:
    await receive()
    raise ValueError("no database")


async def give_up(receive: Receive, send: Send) -> None:
    await receive()
    raise asyncio.CancelledError


async def return_at_once(receive: Receive, send: Send) -> None:
    return None


async def fail(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no database"})
    raise ValueError("as frameworks do")


async def fail_without_words(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "lifespan.startup.failed"})


WITHOUT_WORDS = f"{FAILED}lifespan.startup.failed without a message"
RETURNED = (
    f"{FAILED}the application returned before lifespan.startup.complete; "
    "--lifespan off is for one that has none"
)


@pytest.mark.parametrize(
    ("body", "lifespan", "code", "said"),
    [
        pytest.param(complete, "auto", 0, [], id="complete-auto"),
        pytest.param(complete, "on", 0, [], id="complete-on"),
        pytest.param(refuse, "auto", 0, [], id="refuse-auto"),
        pytest.param(
            refuse,
            "on",
            3,
            [RAISED, f"{FAILED}the application raised NotImplementedError in its lifespan"],
            id="refuse-on",
        ),
        pytest.param(refuse, "off", 0, [], id="refuse-off"),
        pytest.param(raise_in_startup, "auto", 0, [], id="raise-auto"),
        pytest.param(
            raise_in_startup,
            "on",
            3,
            [RAISED, f"{FAILED}the application raised ValueError in its lifespan"],
            id="R29-raise-on",
        ),
        pytest.param(give_up, "on", 3, [RETURNED], id="cancelled-on"),
        pytest.param(return_at_once, "auto", 0, [], id="return-auto"),
        pytest.param(return_at_once, "on", 3, [RETURNED], id="return-on"),
        pytest.param(fail, "auto", 3, [f"{FAILED}no database"], id="R29-failed-auto"),
        pytest.param(fail, "on", 3, [f"{FAILED}no database"], id="R29-failed-on"),
        pytest.param(fail_without_words, "on", 3, [WITHOUT_WORDS], id="R29-failed-silently"),
    ],
)
def test_the_exit_code_says_whether_the_application_started(
    exit_code: ExitCode,
    complaints: Complaints,
    body: Body,
    lifespan: str,
    code: int,
    said: list[str],
) -> None:
    assert exit_code(living(body), lifespan=lifespan) == code
    assert complaints() == said


def test_lifespan_off_does_not_call_the_application(exit_code: ExitCode, seen: Seen) -> None:
    async def body(receive: Receive, send: Send) -> None:
        seen.put("called")

    assert exit_code(living(body), lifespan="off") == 0
    assert seen.empty


def test_an_application_without_lifespan_gets_a_line_and_no_error(
    exit_code: ExitCode, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "wsgate.error")
    assert exit_code(living(refuse), lifespan="auto") == 0
    assert (
        "The application does not support lifespan: "
        "it raised NotImplementedError('no lifespan here')"
    ) in caplog.messages


def test_the_scope(exit_code: ExitCode, seen: Seen) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.put(scope)
        await complete(receive, send)

    exit_code(app, lifespan="on")
    assert seen.take() == {
        "type": "lifespan",
        "asgi": {"version": "3.0", "spec_version": "2.0"},
        "state": {},
    }


def test_start_up_comes_before_the_first_and_shutdown_behind_the_last_request(
    serving: Serve, seen: Seen
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            seen.put((await receive())["type"])
            await send(STARTED)
            seen.put((await receive())["type"])
            await send(STOPPED)
            return
        seen.put("connected")
        await receive()
        await send({"type": "websocket.accept"})
        seen.put((await receive())["code"])

    with serving(app, lifespan="on") as server, Client(server.connect()) as client:
        client.open_websocket()
        server.stop()
        assert client.read_close()[0] == 1012
        client.send_close(1012)
        assert client.read_all() == b""
    assert [seen.take() for _ in range(4)] == [
        "lifespan.startup",
        "connected",
        1012,
        "lifespan.shutdown",
    ]


def test_a_start_up_that_hangs_is_cancelled_by_a_second_stop(
    loop_kind: str, seen: Seen, complaints: Complaints
) -> None:
    async def body(receive: Receive, send: Send) -> None:
        await receive()
        server.stop()
        server.stop()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            seen.put("cancelled")
            raise

    async def serve() -> int:
        code = await server.serve()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return code

    server = Server(Config(app=living(body), port=0, lifespan="on"))
    loop = new_event_loop(loop_kind)
    try:
        assert loop.run_until_complete(serve()) == 0
    finally:
        loop.close()
    assert seen.take() == "cancelled"
    assert complaints() == ["Application startup did not end in time and is cancelled"]


# Messages out of order.

STARTING = "expected lifespan.startup.complete or lifespan.startup.failed"
STOPPING = "expected lifespan.shutdown.complete or lifespan.shutdown.failed"


@pytest.mark.parametrize(
    ("message", "sentences"),
    [
        pytest.param(
            STARTED,
            [None, "expected nothing before lifespan.shutdown has come", STOPPING, "nothing more"],
            id="startup-complete",
        ),
        pytest.param(
            STOPPED, [STARTING, "nothing before lifespan.shutdown", None, "nothing more"], id="stop"
        ),
        pytest.param(
            {"type": "http.response.start"}, [STARTING, "nothing", STOPPING, "nothing"], id="http"
        ),
        pytest.param({}, ["got None", "got None", "got None", "got None"], id="no-type"),
    ],
)
def test_a_message_out_of_order_raises_RuntimeError(
    exit_code: ExitCode,
    seen: Seen,
    complaints: Complaints,
    message: Message,
    sentences: list[str | None],
) -> None:
    """Sent while starting, running, stopping and at the end; None where it is right."""

    async def body(receive: Receive, send: Send) -> None:
        await receive()
        seen.put(await error_of(send(message)))
        await error_of(send(STARTED))
        seen.put(await error_of(send(message)))
        await receive()
        seen.put(await error_of(send(message)))
        await error_of(send(STOPPED))
        seen.put(await error_of(send(message)))

    assert exit_code(living(body), lifespan="on") == 0
    for sentence in sentences:
        error = seen.take()
        assert isinstance(error, RuntimeError if sentence else type(None))
        assert (sentence or "") in str(error)
    assert complaints() == []
