"""What is said to who comes at the wrong time, and had better come back."""

from __future__ import annotations

from random import randint
from typing import Final

from wsgate.asgi.types import Headers

RESTARTING: Final = "the server restarts, try again"
"""The sentence of the 503."""

NO_ANSWER: Final = "the application did not answer in time, try again"
"""That of a handshake that was not accepted."""

RETRY_AFTER: Final = (1, 10)
"""Seconds: the range of Retry-After, so that they do not all come back at once."""


def retry_after() -> Headers:
    """Give the field of the 503 (RFC 9110 section 10.2.3)."""
    return [(b"retry-after", b"%d" % randint(*RETRY_AFTER))]
