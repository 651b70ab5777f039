"""A real server for tests: wsgate's own, with a way to act in its loop and to connect to it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any, TypeVar

from wsgate import testing
from wsgate.config import Config

T = TypeVar("T")

TIMEOUT = 20
"""Seconds after which a test that waits for the server has failed."""


class Serving(testing.Serving):
    """A running server in a thread."""

    def __enter__(self) -> Serving:
        super().__enter__()
        return self

    def call(self, function: Callable[[], T]) -> T:
        """Run a function in the thread of the loop and give what it returns."""

        async def calling() -> T:
            return function()

        return asyncio.run_coroutine_threadsafe(calling(), self.loop).result(TIMEOUT)

    def connect(self) -> socket.socket:
        """Open a TCP connection that fails, and does not hang, where nothing comes."""
        sock = socket.create_connection((self.host, self.port), timeout=TIMEOUT)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock


def serve(app: Any, **options: Any) -> Serving:
    """Serve an application until the block ends; options: of `Config`."""
    return Serving(Config(app=app, **{"port": 0, "timeout_graceful_shutdown": 5.0, **options}))
