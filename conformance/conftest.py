"""What several suites have in common: the application, and who listens to what it says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.places import PATHS, Place, serving, serving_tls
from tests.e2e.tap import Tap, tapped


@pytest.fixture(scope="session", params=PATHS)
def shop(request: pytest.FixtureRequest) -> Iterator[Place]:
    """The FastAPI application of the end-to-end tests, served once on each path."""
    with serving("fastapi_app:app", request.param) as place:
        yield place


@pytest.fixture(scope="session", params=PATHS)
def secure_shop(request: pytest.FixtureRequest) -> Iterator[Place]:
    """The same over TLS, which wsgate ends."""
    with serving_tls("fastapi_app:app", request.param) as place:
        yield place


@pytest.fixture
def tap(shop: Place) -> Iterator[Tap]:
    """A relay before the application, which hears both sides."""
    with tapped(shop) as tap:
        yield tap
