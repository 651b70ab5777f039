"""Calls of the application that do not end when the server does."""

from __future__ import annotations

import signal

import pytest

from tests.client import make_request
from tests.e2e.fleet import fleet
from tests.e2e.places import PATHS

GRACE = ("--timeout-graceful-shutdown", "0.3")


MODES = [pytest.param((), id="alone"), pytest.param(("--workers", "1"), id="a-worker")]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("workers", MODES)
def test_R26_the_server_ends_all_the_same(path: str, workers: tuple[str, ...]) -> None:
    """One call swallows its cancellation, one has left a thread behind that hangs."""
    with fleet(*GRACE, *workers, *PATHS[path], application="stubborn:app") as server:
        process = server.process
        with server.connect() as websocket, server.connect() as one, server.connect() as two:
            websocket.open_websocket("/chat")
            one.send(make_request("GET", "/swallow"))
            two.send(make_request("GET", "/thread"))
            for path in ("/swallow", "/thread"):
                process.wait_for(f"app: {path} begins")
            process.send(signal.SIGTERM)
            assert process.wait() == 0
    assert "app: 1012 shutdown" in process.log
    process.wait_for("3 calls of the application did not end in time .*: /.*, /.*, /")
    process.wait_for("2 calls go on in spite of that: /(chat, /swallow|swallow, /chat)")
    process.wait_for("Threads that do not end are left behind: (asyncio|uvloop)_0")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("workers", MODES)
def test_R31_a_shutdown_that_hangs_is_given_up(path: str, workers: tuple[str, ...]) -> None:
    with fleet(*GRACE, *workers, *PATHS[path], application="stubborn:unending") as server:
        server.process.send(signal.SIGTERM)
        assert server.process.wait() == 0
    assert "lifespan.shutdown was not answered within 0.3 s" in server.process.log
