"""Waiting for what only asking shows."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.e2e.process import TIMEOUT


def wait_until(true: Callable[[], bool]) -> None:
    """Ask again and again; to ask takes its time."""
    end = time.monotonic() + TIMEOUT
    while not true():
        assert time.monotonic() < end
