"""The conversations of the end-to-end tests over wss, with every client."""

from __future__ import annotations

import pytest

from tests.e2e.places import Place
from tests.e2e.test_clients import (
    test_conversation,
    test_refusal,
    test_the_application_learns_how_the_client_closed,
)

__all__ = [
    "test_conversation",
    "test_refusal",
    "test_the_application_learns_how_the_client_closed",
]


# aiohttp, picows and websockets end their loop without waiting for the end of TLS.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def shop(secure_shop: Place) -> Place:
    """What the tests visit."""
    return secure_shop
