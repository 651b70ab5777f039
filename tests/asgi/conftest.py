"""Fixtures for the contract with the application."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from tests.asgi.applications import Application, Complaints, Seen
from tests.conftest import Serve
from tests.serving import Serving
from wsgate.config import Config
from wsgate.event_loop import new_event_loop
from wsgate.server import Server

ExitCode = Callable[..., int]


@pytest.fixture
def serving(serving: Serve) -> Serve:
    """The server on every path, for an application without a lifespan."""

    def serve_one(app: Any, **options: Any) -> AbstractContextManager[Serving]:
        return serving(app, **{"lifespan": "off", **options})

    return serve_one


@pytest.fixture
def seen() -> Seen:
    """What the application hands back."""
    return Seen()


@pytest.fixture
def complaints(caplog: pytest.LogCaptureFixture) -> Complaints:
    """What the server's log says at level WARNING and above."""

    def messages() -> list[str]:
        return [
            record.getMessage()
            for record in caplog.records
            if record.name == "wsgate.error" and record.levelno >= logging.WARNING
        ]

    return messages


@pytest.fixture
def exit_code(loop_kind: str) -> ExitCode:
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
