"""The application that a test module names, served once for all its tests on each path."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.places import PATHS, Place, serving


@pytest.fixture(scope="module", params=PATHS)
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """Where `APPLICATION` of the test module is reached; each pair of parser and event loop."""
    application = f"conformance.frameworks.apps.{request.module.APPLICATION}"
    with serving(application, request.param) as place:
        yield place


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A name of the test's own, for what it leaves in the application."""
    return str(request.node.originalname)
