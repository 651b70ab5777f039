"""Pages over https and websockets over wss, with TLS that wsgate ends, in every browser."""

from __future__ import annotations

import pytest

from conformance.browsers.test_websocket import (
    test_an_offer_that_nobody_takes,
    test_buffered_amount,
    test_kinds_of_data,
    test_states_of_a_websocket,
)
from tests.e2e.places import Place
from tests.e2e.test_browser import (
    test_conversation,
    test_event_source,
    test_fetch_of_a_large_body,
    test_how_a_page_leaves,
    test_the_application_learns_how_the_page_closed,
    test_the_page_and_its_cookies,
    test_what_the_application_sees,
)

__all__ = [
    "test_an_offer_that_nobody_takes",
    "test_buffered_amount",
    "test_conversation",
    "test_event_source",
    "test_fetch_of_a_large_body",
    "test_how_a_page_leaves",
    "test_kinds_of_data",
    "test_states_of_a_websocket",
    "test_the_application_learns_how_the_page_closed",
    "test_the_page_and_its_cookies",
    "test_what_the_application_sees",
]


@pytest.fixture
def shop(secure_shop: Place) -> Place:
    """What the browsers visit."""
    return secure_shop
