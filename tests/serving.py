"""A real server for tests: wsgate in a thread of its own, on a free port of the loopback."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from wsgate.config import Config
from wsgate.server import Server, new_event_loop

T = TypeVar("T")

TIMEOUT = 20
"""Seconds after which a test that waits for the server has failed."""


class Serving:
    """A running server: where it is, and a way to act in its loop."""

    def __init__(self, server: Server, loop: asyncio.AbstractEventLoop) -> None:
        self.server = server
        self.loop = loop
        self.stopped = False
        self.host, self.port = server.sockets[0].getsockname()[:2]

    @property
    def http_url(self) -> str:
        """The root of the server."""
        return f"http://{self.host}:{self.port}"

    @property
    def ws_url(self) -> str:
        """The root of the server, for websockets."""
        return f"ws://{self.host}:{self.port}"

    def call(self, function: Callable[[], T]) -> T:
        """Run a function in the thread of the loop and give what it returns."""

        async def calling() -> T:
            return function()

        return asyncio.run_coroutine_threadsafe(calling(), self.loop).result(TIMEOUT)

    def stop(self) -> None:
        """Begin to end the server, as the first signal does; what stops it again forces it."""
        self.stopped = True
        self.loop.call_soon_threadsafe(self.server.stop)

    def connect(self) -> socket.socket:
        """Open a TCP connection that fails, and does not hang, where nothing comes."""
        sock = socket.create_connection((self.host, self.port), timeout=TIMEOUT)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock


@contextmanager
def serve(app: Any, **options: Any) -> Iterator[Serving]:
    """Serve an application until the block ends; options: of `Config`."""
    server = Server(Config(app=app, **{"port": 0, "timeout_graceful_shutdown": 5.0, **options}))
    loop = new_event_loop(options.get("loop", "auto"))
    failures: list[BaseException] = []
    serving: Serving | None = None

    def run() -> None:
        try:
            loop.run_until_complete(server.serve())
            loop.run_until_complete(loop.shutdown_asyncgens())
        except BaseException as error:
            failures.append(error)
        finally:
            loop.close()

    thread = threading.Thread(target=run, name="wsgate")
    waiting = asyncio.run_coroutine_threadsafe(server.started.wait(), loop)
    thread.start()
    try:
        waiting.result(TIMEOUT)
        serving = Serving(server, loop)
        yield serving
    finally:
        if not (loop.is_closed() or (serving is not None and serving.stopped)):
            loop.call_soon_threadsafe(server.stop)
        thread.join(TIMEOUT)
    assert not thread.is_alive(), "the server did not end"
    if failures:
        raise failures[0]
