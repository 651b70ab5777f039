"""The application, served once on each path, and the clients."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.clients.facts import CLIENTS, Facts
from tests.e2e.clients import Client
from tests.e2e.places import PATHS, Place, serving
from tests.e2e.tap import Tap, tapped


@pytest.fixture(scope="session", params=PATHS)
def shop(request: pytest.FixtureRequest) -> Iterator[Place]:
    """The FastAPI application of the end-to-end tests."""
    with serving("fastapi_app:app", request.param) as place:
        yield place


@pytest.fixture
def tap(shop: Place) -> Iterator[Tap]:
    """A relay before the application, which hears both sides."""
    with tapped(shop) as tap:
        yield tap


@pytest.fixture(params=CLIENTS)
def name(request: pytest.FixtureRequest) -> str:
    """The name of a client."""
    return str(request.param)


@pytest.fixture
def facts(name: str) -> Facts:
    """What the client can do."""
    return CLIENTS[name]


@pytest.fixture
def client(facts: Facts) -> Client:
    """The client itself."""
    return facts.client
