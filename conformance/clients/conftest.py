"""The clients; the application is in conformance/conftest.py."""

from __future__ import annotations

import pytest

from conformance.clients.facts import CLIENTS, Facts
from tests.e2e.clients import Client


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
