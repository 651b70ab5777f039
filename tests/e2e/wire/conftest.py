"""One server a module, on each path: both parsers, both event loops.

A module overrides `application` and `options` where it needs others.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.wire.live import FEEDS, Feed, Live, Recorder, answer_or_echo
from tests.serving import serve

PATHS = [(http, loop) for http in ("httptools", "h11") for loop in ("uvloop", "asyncio")]


@pytest.fixture(scope="module")
def application() -> Any:
    """What is served."""
    return answer_or_echo


@pytest.fixture(scope="module")
def options() -> dict[str, Any]:
    """The server's options."""
    return {}


@pytest.fixture(scope="module", params=PATHS, ids="-".join)
def shared(
    request: pytest.FixtureRequest, application: Any, options: dict[str, Any]
) -> Iterator[Live]:
    """The server of this module."""
    http, loop = request.param
    recorder = Recorder(application)
    with serve(recorder, http=http, loop=loop, **options) as server:
        yield Live(server, recorder)


@pytest.fixture
def live(shared: Live) -> Live:
    """The server of this module, without the calls of earlier tests."""
    shared.settle()
    shared.recorder.calls.clear()
    return shared


@pytest.fixture(params=FEEDS)
def feed(request: pytest.FixtureRequest) -> Feed:
    """A way to cut a stream into segments."""
    return FEEDS[request.param]
