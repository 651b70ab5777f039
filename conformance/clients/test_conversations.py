"""The conversations of the end-to-end tests, with every client."""

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
