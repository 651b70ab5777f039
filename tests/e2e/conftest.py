"""The applications, each served once for all tests of this folder at each place."""

from collections.abc import Iterator

import pytest

from tests.e2e.places import PLACES, Place, serving


@pytest.fixture(scope="session", params=PLACES)
def shop(request: pytest.FixtureRequest) -> Iterator[Place]:
    """The FastAPI application."""
    with serving("fastapi_app:app", request.param) as place:
        yield place


@pytest.fixture(scope="session", params=PLACES)
def newsroom(request: pytest.FixtureRequest) -> Iterator[Place]:
    """The Starlette application."""
    with serving("starlette_app:app", request.param) as place:
        yield place
