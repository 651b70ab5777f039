"""Each proxy before the FastAPI application, over TCP and over a unix socket."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from conformance.proxies.front import Front, standing
from conformance.proxies.programs import PROXIES
from tests.e2e.command import Command, wsgate
from tests.e2e.proxy import open_folder

SHOP = "fastapi_app:app"


@contextmanager
def shop(transport: str, *options: str) -> Iterator[Command]:
    with ExitStack() as stack:
        if transport == "unix":
            options = (*options, "--uds", f"{stack.enter_context(open_folder())}/wsgate.sock")
        yield stack.enter_context(wsgate(SHOP, *options))


@pytest.fixture(scope="session", params=["tcp", "unix"])
def transport(request: pytest.FixtureRequest) -> str:
    """How the proxy reaches wsgate."""
    return str(request.param)


@pytest.fixture(scope="session")
def command(transport: str) -> Iterator[Command]:
    with shop(transport) as command:
        yield command


@pytest.fixture(scope="session", params=PROXIES)
def proxy(request: pytest.FixtureRequest) -> str:
    """The name of a proxy."""
    return str(request.param)


@pytest.fixture(scope="session")
def front(proxy: str, command: Command) -> Iterator[Front]:
    with standing(proxy, command.address) as front:
        yield front


@pytest.fixture
def page() -> str:
    """A page of the application's diary that nothing has been written to."""
    return uuid.uuid4().hex
