"""Fixtures for the contract with the application."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from tests.asgi.applications import Seen
from tests.conftest import Serve
from tests.serving import Serving


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
def complaints(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """What the server's log says at level WARNING and above."""

    def messages() -> list[str]:
        return [
            record.getMessage()
            for record in caplog.records
            if record.name == "wsgate.error" and record.levelno >= logging.WARNING
        ]

    return messages
