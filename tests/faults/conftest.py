"""The real command with little patience, once on each parser and each event loop for all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.command import wsgate
from tests.e2e.places import PATHS
from tests.faults.impatient import SETTINGS, Impatient
from tests.security.target import OPTIONS, Target


@pytest.fixture(scope="session", params=PATHS)
def witness(request: pytest.FixtureRequest) -> Iterator[Target]:
    """An application that says what it sees, on the real command."""
    with wsgate("witness:app", *OPTIONS, *PATHS[request.param]) as command:
        yield Target(command)


@pytest.fixture(scope="session", params=PATHS)
def impatient(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Impatient]:
    """The server; at its end nothing may have been logged as an error."""
    settings = tmp_path_factory.mktemp("settings") / "wsgate.toml"
    settings.write_text(SETTINGS)
    options = ("--config", str(settings), *PATHS[request.param])
    with wsgate("patience:app", *options) as command:
        yield Impatient(command)
