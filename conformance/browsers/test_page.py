"""The tests of the page that `make test` runs in Chromium, in every browser."""

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
    "test_conversation",
    "test_event_source",
    "test_fetch_of_a_large_body",
    "test_how_a_page_leaves",
    "test_the_application_learns_how_the_page_closed",
    "test_the_page_and_its_cookies",
    "test_what_the_application_sees",
]
