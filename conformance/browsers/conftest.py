"""The browsers, each started once; the application is in conformance/conftest.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.browsers.browsers import BROWSERS
from conformance.browsers.facts import FACTS, Facts
from tests.e2e.browser import Browser, visit
from tests.e2e.places import Place


@pytest.fixture(scope="session", params=BROWSERS)
def browser_name(request: pytest.FixtureRequest) -> str:
    """The name of a browser."""
    return str(request.param)


@pytest.fixture
def facts(browser_name: str) -> Facts:
    """What is its own."""
    return FACTS[browser_name]


@pytest.fixture(scope="session")
def browser(browser_name: str) -> Iterator[Browser]:
    """The browser itself."""
    with BROWSERS[browser_name]() as running:
        yield running


@pytest.fixture
def page(browser: Browser, shop: Place) -> Browser:
    """The front page of the application, without cookies."""
    return visit(browser, shop)
