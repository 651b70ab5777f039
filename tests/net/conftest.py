"""Fixtures for the connections of a real server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from tests.asgi.applications import Seen
from tests.conftest import Serve
from tests.net.skipping import SkippingLoop
from tests.serving import TIMEOUT, Serving, serve
from wsgate.net.clock import Clock
from wsgate.net.writer import TransportWriter


class Reading:
    """How often the server has paused reading from its peers, and resumed it, by real calls."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.pauses = 0
        self.resumes = 0

    def wait_for_pause(self, count: int = 1) -> None:
        """Wait until reading was paused so often; fails where it is not."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.pauses >= count, TIMEOUT)

    def paused(self) -> None:
        with self._changed:
            self.pauses += 1
            self._changed.notify_all()

    def resumed(self) -> None:
        self.resumes += 1


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Reading:
    """Counts; the writers do what they always do."""
    counted = Reading()

    def counting(name: str, count: Callable[[], None]) -> None:
        method = getattr(TransportWriter, name)

        def call(writer: TransportWriter) -> None:
            method(writer)
            count()

        monkeypatch.setattr(TransportWriter, name, call)

    counting("pause_reading", counted.paused)
    counting("resume_reading", counted.resumed)
    return counted


@pytest.fixture
def serving(serving: Serve) -> Serve:
    """The server on every path, for an application without a lifespan."""

    def serve_one(app: Any, **options: Any) -> AbstractContextManager[Serving]:
        return serving(app, **{"lifespan": "off", "access_log": False, **options})

    return serve_one


@pytest.fixture
def ws_serving(loop_kind: str) -> Serve:
    """The server on each event loop: what read the upgrade makes no difference behind it."""

    def serve_one(app: Any, **options: Any) -> AbstractContextManager[Serving]:
        return serve(app, loop=loop_kind, **{"lifespan": "off", "access_log": False, **options})

    return serve_one


@pytest.fixture
def seen() -> Seen:
    """What the application hands back."""
    return Seen()


@pytest.fixture
def loop() -> Iterator[SkippingLoop]:
    made = SkippingLoop()
    yield made
    made.close()


@pytest.fixture
def clock(loop: SkippingLoop) -> Clock:
    return Clock(loop)
