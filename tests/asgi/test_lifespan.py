"""Start-up and shutdown of the application."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.asgi.applications import Application, Body, Message, Receive, Seen, Send, error_of
from tests.client import Client
from tests.conftest import Serve
from wsgate.config import Config
from wsgate.server import Server, new_event_loop

Complaints = Callable[[], list[str]]
Scope = dict[str, Any]
Serving = Callable[..., int]

STARTED: Message = {"type": "lifespan.startup.complete"}
STOPPED: Message = {"type": "lifespan.shutdown.complete"}
FAILED = "Application startup failed: "
NOT_STOPPED = "Application shutdown failed: "
RAISED = "Exception in the lifespan of the application"


def living(body: Body) -> Application:
    """An application of which only the lifespan matters."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "lifespan"
        await body(receive, send)

    return app


def running(shut_down: Body) -> Application:
    """An application that starts, and goes on with `shut_down` when it is to stop."""

    async def body(receive: Receive, send: Send) -> None:
        assert await receive() == {"type": "lifespan.startup"}
        await send(STARTED)
        assert await receive() == {"type": "lifespan.shutdown"}
        await shut_down(receive, send)

    return living(body)


@pytest.fixture
def exit_code(loop_kind: str) -> Serving:
    """Serve an application, stop when it has started, and give the exit code.

    Nothing of the application is left behind then.
    """

    async def serve(config: Config) -> int:
        server = Server(config)
        serving = asyncio.ensure_future(server.serve())
        started = asyncio.ensure_future(server.started.wait())
        await asyncio.wait({serving, started}, return_when=asyncio.FIRST_COMPLETED)
        started.cancel()
        server.stop()
        code = await serving
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return code

    def run(app: Application, **options: Any) -> int:
        loop = new_event_loop(loop_kind)
        try:
            return loop.run_until_complete(serve(Config(app=app, port=0, **options)))
        finally:
            loop.close()

    return run


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
    exit_code: Serving,
    complaints: Complaints,
    body: Body,
    lifespan: str,
    code: int,
    said: list[str],
) -> None:
    assert exit_code(living(body), lifespan=lifespan) == code
    assert complaints() == said


def test_lifespan_off_does_not_call_the_application(exit_code: Serving, seen: Seen) -> None:
    async def body(receive: Receive, send: Send) -> None:
        seen.put("called")

    assert exit_code(living(body), lifespan="off") == 0
    assert seen.empty


def test_an_application_without_lifespan_gets_a_line_and_no_error(
    exit_code: Serving, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "wsgate.error")
    assert exit_code(living(refuse), lifespan="auto") == 0
    assert (
        "The application does not support lifespan: "
        "it raised NotImplementedError('no lifespan here')"
    ) in caplog.messages


def test_the_scope(exit_code: Serving, seen: Seen) -> None:
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


# Shutdown.


async def fail_to_stop(receive: Receive, send: Send) -> None:
    await send({"type": "lifespan.shutdown.failed", "message": "still busy"})


async def raise_in_shutdown(receive: Receive, send: Send) -> None:
    raise ValueError("in shutdown")


async def hang(receive: Receive, send: Send) -> None:
    await asyncio.Event().wait()


async def receive_again(receive: Receive, send: Send) -> None:
    await receive()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param(return_at_once, [], id="return"),
        pytest.param(fail_to_stop, [f"{NOT_STOPPED}still busy"], id="failed"),
        pytest.param(
            raise_in_shutdown,
            [RAISED, f"{NOT_STOPPED}the application raised ValueError in its lifespan"],
            id="raise",
        ),
        pytest.param(
            hang, [f"{NOT_STOPPED}lifespan.shutdown was not answered within 0.1 s"], id="R31-hang"
        ),
        pytest.param(
            receive_again,
            [f"{NOT_STOPPED}lifespan.shutdown was not answered within 0.1 s"],
            id="R31-receive-again",
        ),
    ],
)
def test_shutdown_is_bounded_and_the_exit_code_0(
    exit_code: Serving, complaints: Complaints, body: Body, said: list[str]
) -> None:
    assert exit_code(running(body), lifespan="on", timeout_graceful_shutdown=0.1) == 0
    assert complaints() == said


def test_R31_an_application_that_does_not_return_is_cancelled(
    exit_code: Serving, seen: Seen, complaints: Complaints
) -> None:
    """It answers in a loop, as if there were more to come."""

    async def shut_down(receive: Receive, send: Send) -> None:
        await send(STOPPED)
        try:
            while (await receive())["type"] == "lifespan.shutdown":
                await send(STOPPED)
        except asyncio.CancelledError:
            seen.put("cancelled")
            raise

    assert exit_code(running(shut_down), lifespan="on") == 0
    assert seen.take() == "cancelled"
    assert complaints() == []


def test_an_application_whose_lifespan_ends_early_goes_on_serving(
    exit_code: Serving, complaints: Complaints
) -> None:
    async def body(receive: Receive, send: Send) -> None:
        await receive()
        await send(STARTED)
        raise ValueError("while it runs")

    assert exit_code(living(body), lifespan="on") == 0
    assert complaints() == [RAISED]


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
    exit_code: Serving,
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
