"""Fixtures that run the same tests over every path: both parsers, both event loops."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from hypothesis import settings

from tests.serving import Serving, serve

# A machine that is busy fails no test: what is checked is what happens, not how fast.
settings.register_profile("wsgate", deadline=None)
settings.load_profile("wsgate")

Serve = Callable[..., AbstractContextManager[Serving]]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what `make faults` says."""
    parser.addoption("--long", action="store_true", help="try what takes long, too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes long, where it is not asked for."""
    if not config.getoption("--long"):
        items[:] = [each for each in items if each.get_closest_marker("long") is None]


@pytest.fixture(params=["httptools", "h11"])
def http(request: pytest.FixtureRequest) -> str:
    """A parser of HTTP/1.1."""
    return str(request.param)


@pytest.fixture(params=["uvloop", "asyncio"])
def loop_kind(request: pytest.FixtureRequest) -> str:
    """An event loop."""
    return str(request.param)


@pytest.fixture
def serving(http: str, loop_kind: str) -> Serve:
    """The server on each parser and each event loop, `with serving(app) as server: ...`."""

    def serve_on_path(app: Any, **options: Any) -> AbstractContextManager[Serving]:
        return serve(app, http=http, loop=loop_kind, **options)

    return serve_on_path
