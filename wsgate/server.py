"""One worker: listen, serve, and end so that nothing accepted is lost."""

from __future__ import annotations

import asyncio
import gc
import logging
import math
import os
import signal
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from random import randint
from typing import Any

from wsgate.asgi.call_counter import CallCounter
from wsgate.asgi.interface import adapt
from wsgate.asgi.lifespan import Lifespan, LifespanFailed
from wsgate.config import Config
from wsgate.event_loop import ABANDON_TIME, fresh_loop
from wsgate.importer import application_of
from wsgate.leftovers import Leftovers
from wsgate.net.certificates import certificates_of
from wsgate.net.drain import check_drain, done_before, drain
from wsgate.net.listener import Gate
from wsgate.net.memory import keep_freed
from wsgate.net.service import Service
from wsgate.net.share import Share
from wsgate.net.sockets import bind, describe
from wsgate.net.systemd import report
from wsgate.net.trimmer import Trimmer
from wsgate.observe.counters import Counters
from wsgate.observe.logging import configure_logging, flush_logs, reopen_log_files
from wsgate.stopping import signals, trigger

logger = logging.getLogger("wsgate.error")

STARTUP_FAILED = 3
"""Exit code where the application's lifespan refuses to start."""


class Server:
    """Serve one application in one event loop.

    `serve()` runs until `stop()`, once, in a loop that may be anybody's; a second one ends it at
    once. `started` is set when connections are accepted; `sockets` are the listening ones.
    share: where it is one of several workers that accept on the same sockets. at_limit: what to do
    when it has served `limit_max_requests`; to stop, unless that is changed.
    """

    def __init__(self, config: Config, share: Share | None = None) -> None:
        check_drain(config)
        self.config = config
        self.share = share
        self.sockets: list[socket.socket] = []
        self.started = asyncio.Event()
        self.at_limit: Callable[[], None] = self.stop
        self._certificates = certificates_of(config)
        self._application = adapt(application_of(config), config.interface)
        if config.limit_max_requests is not None:
            limit = config.limit_max_requests + randint(0, config.limit_max_requests_jitter)
            self._application = CallCounter(self._application, limit, self._limit_reached)
        self._counters = Counters()
        self._stopping = asyncio.Event()
        self._stopped = asyncio.Event()
        self._forced = asyncio.Event()
        self._drained_by = math.inf

    @property
    def ready(self) -> bool:
        """Whether connections are wanted here: accepted, and no end has begun."""
        return self.started.is_set() and not self._stopping.is_set()

    @property
    def counters(self) -> dict[str, int]:
        """What has happened here, by name, as often: why websockets ended, what was refused.

        The names are in `wsgate.observe.counters`.
        """
        return self._counters.snapshot()

    def stop(self) -> None:
        """Begin to end; a second time: end at once. To be called in the thread of the loop."""
        if self._stopped.is_set():
            self._forced.set()
        self._stopped.set()
        self._stopping.set()

    def retire(self) -> None:
        """Begin to end where another worker accepts already: the open connections have time.

        `drain_linger` says how much; `stop()` ends that.
        """
        self._stopping.set()

    def reload_certificates(self) -> None:
        """Serve new connections with what the files of the certificate hold now.

        Those that cannot be used are logged and change nothing. To be called in the thread of the
        loop; without TLS there is nothing to do.
        """
        if self._certificates is not None:
            self._certificates.reload()

    def _orders(self) -> dict[signal.Signals, Callable[[], None]]:
        orders = {signal.SIGINT: self.stop, signal.SIGTERM: self.stop}
        if self._certificates is not None:
            orders[signal.SIGHUP] = self.reload_certificates
        return orders

    def grace_left(self) -> float:
        """Give the seconds that are left of `timeout_graceful_shutdown`; a few in any case."""
        if self._forced.is_set():
            return ABANDON_TIME
        grace = self.config.timeout_graceful_shutdown
        return max(ABANDON_TIME, min(grace, self._drained_by - time.monotonic()))

    def _limit_reached(self, limit: int) -> None:
        logger.info("%d requests have come, which is the limit of this process", limit)
        self.at_limit()

    async def serve(
        self,
        sockets: list[socket.socket] | None = None,
        *,
        shutdown_trigger: Callable[[], Awaitable[object]] | None = None,
        handle_signals: bool | None = None,
    ) -> int:
        """Serve until stopped; give the exit code, 3 where the lifespan does not start.

        sockets: listening ones to use in place of those that the configuration names; they are
        closed at the end. shutdown_trigger: a coroutine function; the server ends when it returns,
        and what it raises is raised here. handle_signals: whether SIGINT and SIGTERM stop it, and
        SIGHUP has it reload certificates; left out, they do where there is no trigger. Raises
        StartupError where the sockets cannot be opened. Cancelled, it ends at once, as by a second
        `stop()`.
        """
        if handle_signals is None:
            handle_signals = shutdown_trigger is None
        with ExitStack() as stoppers:
            if handle_signals:
                stoppers.enter_context(signals(asyncio.get_running_loop(), self._orders()))
            if shutdown_trigger is not None:
                stoppers.enter_context(trigger(shutdown_trigger, self.stop))
            serving = asyncio.ensure_future(self._serve(sockets))
            try:
                return await asyncio.shield(serving)
            except asyncio.CancelledError:
                self.stop()
                self._forced.set()
                await asyncio.wait({serving})
                raise

    async def _serve(self, sockets: list[socket.socket] | None) -> int:
        self.sockets = bind(self.config) if sockets is None else sockets
        lifespan = Lifespan(self._application, required=self.config.lifespan == "on")
        with closing_all(self.sockets):
            try:
                return await self._serve_during(lifespan)
            finally:
                await lifespan.abandon()

    async def _serve_during(self, lifespan: Lifespan) -> int:
        loop = asyncio.get_running_loop()
        logger.info("Started server process [%d]", os.getpid())
        if not await self._start_up(lifespan):
            return 0 if self._stopping.is_set() else STARTUP_FAILED
        service = Service(
            self.config,
            self._application,
            lifespan.state,
            loop,
            self.share,
            self._certificates,
            self._counters,
        )
        service.compression.watch = Trimmer(service.clock).watch
        if self._certificates is not None:
            self._certificates.watch(service.clock)
        gate = Gate(service, self.sockets)
        await gate.open()
        if self.share is None:
            announce(self.sockets, self.config)
        self.started.set()
        await self._stopping.wait()
        logger.info("Shutting down")
        await self._leave(gate, service)
        await self._shut_down(lifespan)
        service.clock.stop()
        service.access_log.close()
        logger.info("Finished server process [%d]", os.getpid())
        return 0

    async def _start_up(self, lifespan: Lifespan) -> bool:
        """Give whether the application has started; once stopped, it has a bounded time for it."""
        if self.config.lifespan == "off":
            return True
        logger.info("Waiting for application startup.")
        starting = asyncio.ensure_future(lifespan.startup())
        if not await done_before(self._stopping, starting):
            grace = self.config.timeout_graceful_shutdown
            if not await done_before(self._forced, starting, grace):
                logger.error("Application startup did not end in time and is cancelled")
                starting.cancel()
                return False
        try:
            starting.result()
        except LifespanFailed as error:
            logger.error("Application startup failed: %s", error)
            return False
        logger.info("Application startup complete.")
        return True

    async def _shut_down(self, lifespan: Lifespan) -> None:
        if self.config.lifespan == "off" or self._forced.is_set():
            return
        logger.info("Waiting for application shutdown.")
        ending = asyncio.ensure_future(lifespan.shutdown(self.config.timeout_graceful_shutdown))
        if not await done_before(self._forced, ending):
            ending.cancel()
            return
        try:
            ending.result()
        except LifespanFailed as error:
            logger.error("Application shutdown failed: %s", error)
        else:
            logger.info("Application shutdown complete.")

    async def _leave(self, gate: Gate, service: Service) -> None:
        """Accept nothing more, in the order that suits who connects next, then drain."""
        if self._stopped.is_set():
            await happens_within(self.config.pre_drain, self._forced)
            await gate.shut()
        else:
            await gate.shut()
            await happens_within(self.config.drain_linger, self._stopped)
        self._drained_by = time.monotonic() + self.config.timeout_graceful_shutdown
        await drain(service, self._forced)


async def happens_within(seconds: float, event: asyncio.Event) -> None:
    """Wait for an event, but no longer than so many seconds."""
    if seconds:
        happening = asyncio.ensure_future(event.wait())
        await asyncio.wait({happening}, timeout=seconds)
        happening.cancel()


def announce(sockets: list[socket.socket], config: Config) -> None:
    """Say where connections are accepted."""
    scheme = "http" if config.ssl_certfile is None else "https"
    for sock in sockets:
        logger.info("wsgate running on %s (Press CTRL+C to quit)", describe(sock, scheme))


def run(config: Config) -> int:
    """Set up logging, malloc and the event loop, serve, and give the exit code.

    Raises StartupError where the server cannot start.
    """
    return run_server(config, None, serve_and_report)


async def serve_and_report(server: Server) -> int:
    """Serve, and tell systemd how it goes."""
    reporting = asyncio.ensure_future(report(server.started, server._stopping))
    try:
        return await server.serve()
    finally:
        reporting.cancel()


def run_server(
    config: Config, share: Share | None, serve: Callable[[Server], Coroutine[Any, Any, int]]
) -> int:
    """Do what `run` does; serve: what a server is to do in its loop until it ends."""
    leftovers = Leftovers()
    configure_logging(config)
    keep_freed(config.malloc_keep)
    server = Server(config, share)
    # All that has been imported stays: the collector need not walk it again and again.
    gc.collect()
    gc.freeze()
    try:
        with fresh_loop(config.loop) as loop:
            if threading.current_thread() is threading.main_thread():
                loop.add_signal_handler(signal.SIGUSR1, reopen_log_files)
            exit_code = loop.run_until_complete(serve(server))
    finally:
        flush_logs()
    leftovers.bound_exit(exit_code, server.grace_left())
    return exit_code


@contextmanager
def closing_all(sockets: list[socket.socket]) -> Iterator[None]:
    """Close the sockets at the end."""
    try:
        yield
    finally:
        for sock in sockets:
            sock.close()
