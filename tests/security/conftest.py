"""The real command on each parser and each event loop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.command import wsgate
from tests.e2e.places import PATHS
from tests.security.target import OPTIONS, Target


@pytest.fixture(scope="session", params=PATHS)
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    """The server; it has to live to the end of the session, in the same process."""
    with wsgate("witness:app", *OPTIONS, *PATHS[request.param]) as command:
        target = Target(command)
        yield target
        assert target.get("/")["path"] == "/"
