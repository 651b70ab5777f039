"""Shutdown of the application: it runs, it is bounded, and nothing is left behind."""

from __future__ import annotations

import asyncio

import pytest

from tests.asgi.applications import (
    STARTED,
    STOPPED,
    Application,
    Body,
    Complaints,
    Receive,
    Seen,
    Send,
    living,
)
from tests.asgi.conftest import ExitCode

NOT_STOPPED = "Application shutdown failed: "
RAISED = "Exception in the lifespan of the application"


def running(shut_down: Body) -> Application:
    """An application that starts, and goes on with `shut_down` when it is to stop."""

    async def body(receive: Receive, send: Send) -> None:
        assert await receive() == {"type": "lifespan.startup"}
        await send(STARTED)
        assert await receive() == {"type": "lifespan.shutdown"}
        await shut_down(receive, send)

    return living(body)


async def return_at_once(receive: Receive, send: Send) -> None:
    return None


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
    exit_code: ExitCode, complaints: Complaints, body: Body, said: list[str]
) -> None:
    assert exit_code(running(body), lifespan="on", timeout_graceful_shutdown=0.1) == 0
    assert complaints() == said


def test_R31_an_application_that_does_not_return_is_cancelled(
    exit_code: ExitCode, seen: Seen, complaints: Complaints
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
    exit_code: ExitCode, complaints: Complaints
) -> None:
    async def body(receive: Receive, send: Send) -> None:
        await receive()
        await send(STARTED)
        raise ValueError("while it runs")

    assert exit_code(living(body), lifespan="on") == 0
    assert complaints() == [RAISED]
