"""A worker class for gunicorn: ``gunicorn -k wsgate.gunicorn.Worker main:app``.

gunicorn binds, forks and watches; what each process serves with is wsgate. gunicorn's own settings
count where they mean something here; all others are given by a class derived from this one:

    class Worker(wsgate.gunicorn.Worker):
        options = {"ws_max_size": 64 * 1024 * 1024}
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Mapping
from typing import Any, ClassVar

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker as BaseWorker

from wsgate.config import Config
from wsgate.errors import StartupError
from wsgate.event_loop import fresh_loop
from wsgate.net.memory import keep_freed
from wsgate.server import Server

SHARE_OF_GRACE = 0.8
"""Part of gunicorn's graceful_timeout for requests and websockets to end. At its end gunicorn kills
the worker, and what is left is to be cancelled before."""

BEAT = 1.0
"""Most seconds between two signs of life, and two looks for the master."""

TLS = {
    "ssl_certfile": "certfile",
    "ssl_keyfile": "keyfile",
    "ssl_ca_certs": "ca_certs",
    "ssl_cert_reqs": "cert_reqs",
    "ssl_ciphers": "ciphers",
}
"""Options by those of gunicorn."""


class Worker(BaseWorker):  # type: ignore[misc]
    """Serve an ASGI application in a process of gunicorn's."""

    options: ClassVar[Mapping[str, Any]] = {}
    """Settings of wsgate (`wsgate.Config`), which win over those of gunicorn."""

    def init_signals(self) -> None:
        """Leave the signals as they are by default, until the event loop takes them."""
        for each in self.SIGNALS:
            signal.signal(each, signal.SIG_DFL)
        signal.signal(signal.SIGABRT, self.handle_abort)

    def run(self) -> None:
        """Serve until gunicorn ends this worker, and exit."""
        self._share_logs()
        try:
            server = Server(self._config())
        except StartupError as error:
            self.log.error("%s", error)
            sys.exit(Arbiter.APP_LOAD_ERROR)
        keep_freed(server.config.malloc_keep)
        with fresh_loop(server.config.loop) as loop:
            self._take_signals(loop, server)
            code = loop.run_until_complete(self._serve(server))
        if code:
            sys.exit(Arbiter.WORKER_BOOT_ERROR)

    def _config(self) -> Config:
        """Give gunicorn's settings in our words. Raises ConfigError."""
        cfg = self.cfg
        taken: dict[str, Any] = {
            "app": self.wsgi,
            "access_log": logging.getLogger("wsgate.access").hasHandlers(),
            "backlog": cfg.backlog,
            "timeout_keep_alive": cfg.keepalive,
            "timeout_graceful_shutdown": SHARE_OF_GRACE * cfg.graceful_timeout,
            # gunicorn trusts whoever reaches its unix socket.
            "forwarded_allow_ips": [*cfg.forwarded_allow_ips, "unix:"],
            "limit_max_requests": self.max_requests if cfg.max_requests else None,
        }
        if cfg.is_ssl:
            given = {ours: getattr(cfg, theirs) for ours, theirs in TLS.items()}
            taken |= {name: value for name, value in given.items() if value is not None}
        return Config(**{**taken, **self.options})

    def _share_logs(self) -> None:
        """Log where gunicorn does, and the access log only where gunicorn writes one."""
        shared = {
            "wsgate": self.log.error_log,
            "wsgate.access": self.log.access_log,
        }
        for name, theirs in shared.items():
            logger = logging.getLogger(name)
            logger.handlers = theirs.handlers
            logger.setLevel(theirs.level)
            logger.propagate = False

    def _take_signals(self, loop: asyncio.AbstractEventLoop, server: Server) -> None:
        def quit_now() -> None:
            self.cfg.worker_int(self)
            server.stop()
            server.stop()

        loop.add_signal_handler(signal.SIGTERM, server.stop)
        for each in (signal.SIGQUIT, signal.SIGINT):
            loop.add_signal_handler(each, quit_now)
        loop.add_signal_handler(signal.SIGUSR1, self.log.reopen_files)

    async def _serve(self, server: Server) -> int:
        beating = asyncio.ensure_future(self._beat(server))
        try:
            sockets = [each.sock for each in self.sockets]
            return await server.serve(sockets, handle_signals=False)
        finally:
            beating.cancel()

    async def _beat(self, server: Server) -> None:
        """Tell gunicorn that the event loop turns, and end where gunicorn is gone."""
        pause = min(BEAT, self.timeout / 2) or BEAT
        while os.getppid() == self.ppid:
            self.notify()
            await asyncio.sleep(pause)
        self.log.warning("The master is gone: worker [%d] drains and ends", self.pid)
        server.stop()
