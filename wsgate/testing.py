"""A real server for tests: on a free port, in the background, with real frames on the wire.

    with serve(app) as server:              # in a thread, with an event loop of its own
        ...  # connect to server.ws_url

    async with serve(app) as server:        # in the event loop that runs
        ...

As a fixture of pytest it is called `wsgate_server`; nothing has to be imported for that.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from types import TracebackType
from typing import Any

from wsgate.config import Config
from wsgate.errors import StartupError
from wsgate.event_loop import fresh_loop
from wsgate.net.drain import done_before
from wsgate.server import Server

GRACE = 5.0
"""Seconds for requests and websockets to end at the end of the block, unless configured."""


def serve(app: Any, **options: Any) -> Serving:
    """Serve an application while a ``with`` or ``async with`` block runs.

    app: the application, or "module:attribute"; options: those of `wsgate.Config`; the port is a
    free one where none is given. Raises what `wsgate.Config` and `wsgate.Server` do.
    """
    return Serving(Config(app=app, **{"port": 0, "timeout_graceful_shutdown": GRACE, **options}))


class Serving:
    """A server in the background, once the block was entered.

    host, port: where it listens. server: itself, which belongs to the thread of `loop`. To enter
    raises StartupError where it cannot listen, and where the application's lifespan fails.
    """

    host: str
    port: int
    loop: asyncio.AbstractEventLoop

    def __init__(self, config: Config) -> None:
        self.server = Server(config)
        self._thread: threading.Thread | None = None
        self._serving: asyncio.Future[int] | None = None
        self._ended: Future[int] = Future()
        self._stopped = False

    @property
    def url(self) -> str:
        """The root of the server, ``http://127.0.0.1:54321``, without a slash."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        scheme = "http" if self.server.config.ssl_certfile is None else "https"
        return f"{scheme}://{host}:{self.port}"

    @property
    def ws_url(self) -> str:
        """The root of the server for websockets, ``ws://127.0.0.1:54321``."""
        return self.url.replace("http", "ws", 1)

    def stop(self) -> None:
        """Begin to end the server before the block does, as SIGTERM would; from any thread."""
        self._stopped = True
        self.loop.call_soon_threadsafe(self.server.stop)

    # In a thread.

    def __enter__(self) -> Serving:
        started: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, args=[started], name="wsgate")
        self._thread.start()
        try:
            started.result()
        except BaseException:
            self._thread.join()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._thread is not None
        if not (self._stopped or self._ended.done()):
            self.stop()
        self._thread.join()
        self._ended.result()

    def _run(self, started: Future[None]) -> None:
        """Serve in a loop of its own, and tell of the start and of the end."""
        try:
            with fresh_loop(self.server.config.loop) as loop:
                loop.run_until_complete(self._start())
                started.set_result(None)
                assert self._serving is not None
                code = loop.run_until_complete(self._serving)
            self._ended.set_result(code)
        except BaseException as error:
            (self._ended if started.done() else started).set_exception(error)

    # In the loop that runs.

    async def __aenter__(self) -> Serving:
        await self._start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._serving is not None
        if not (self._stopped or self._serving.done()):
            self.server.stop()
        await self._serving

    async def _start(self) -> None:
        """Begin to serve; raises where the server does not start."""
        self.loop = asyncio.get_running_loop()
        self._serving = asyncio.ensure_future(self.server.serve(handle_signals=False))
        await done_before(self.server.started, self._serving)
        if self._serving.done():
            self._serving.result()
            raise StartupError("the application did not start: its lifespan failed, see the log")
        self.host, self.port = self.server.sockets[0].getsockname()[:2]


Serve = Callable[..., Serving]
"""The type of the fixture `wsgate_server`."""
