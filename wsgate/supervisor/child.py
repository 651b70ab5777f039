"""What runs in a worker's process: a server, and somebody who answers the master."""

import asyncio
import faulthandler
import logging
import os
import signal
import socket
import traceback
from functools import partial

from wsgate.config import Config
from wsgate.errors import ApplicationFailed, StartupError
from wsgate.net.drain import done_before
from wsgate.net.share import Share
from wsgate.observe.logging import flush_logs, reopen_log_files
from wsgate.server import Server, run_server
from wsgate.supervisor.channel import Channel, Word
from wsgate.supervisor.watch import watch_interval

logger = logging.getLogger("wsgate.error")


STDERR = 2
"""The descriptor: the stream may have been closed or replaced."""


class Child:
    """A worker, as it sees itself."""

    def __init__(self, config: Config, channel: Channel, sockets: list[socket.socket]) -> None:
        self._config = config
        self._channel = channel
        self._sockets = sockets
        self._leaving = False
        self._draining = False
        self._answers = {
            Word.PING: lambda: self._channel.send(Word.PONG),
            Word.DRAIN: self._drain,
            Word.RETIRE: self._retire,
            Word.FORCE: self._end_now,
            Word.REOPEN: reopen_log_files,
        }

    def run(self, share: Share) -> int:
        """Serve until the master, or a signal, ends it; give the exit code."""
        faulthandler.enable(file=STDERR)  # which the master lets speak where we hang
        try:
            return run_server(self._config, share, self._serve)
        except StartupError as error:
            if isinstance(error, ApplicationFailed):
                traceback.print_exception(error.__cause__)
            logger.error("%s", error)
            flush_logs()
            return error.exit_code

    async def _serve(self, server: Server) -> int:
        loop = asyncio.get_running_loop()
        self._server = server
        server.at_limit = partial(self._channel.send, Word.TIRED)
        loop.add_reader(self._channel, self._listen)
        loop.add_signal_handler(signal.SIGTERM, self._drain)
        beating = asyncio.ensure_future(self._beat())
        try:
            serving = asyncio.ensure_future(server.serve(self._sockets, handle_signals=False))
            started = asyncio.ensure_future(server.started.wait())
            await done_before(server.started, serving)
            started.cancel()
            if server.started.is_set():
                self._channel.send(Word.READY)
            return await serving
        finally:
            beating.cancel()
            loop.remove_reader(self._channel)

    async def _beat(self) -> None:
        """See to it that this process ends where it hangs and has no master that would see to it.

        The timer is C's: it needs neither the event loop nor the lock of the interpreter.
        """
        interval = watch_interval(self._config)
        timeout = 2 * (self._config.timeout_worker_healthcheck + interval)
        while True:
            faulthandler.dump_traceback_later(timeout, exit=True, file=STDERR)
            await asyncio.sleep(interval)

    def _listen(self) -> None:
        """Take what the master says."""
        words = self._channel.receive()
        if words is None:
            logger.warning("The master is gone: worker [%d] drains and ends", os.getpid())
            asyncio.get_running_loop().remove_reader(self._channel)
            self._drain()
            return
        for word in words:
            self._answers[word]()

    def _leave(self) -> None:
        """Say that this worker has begun to end."""
        if not self._leaving:
            self._leaving = True
            self._channel.send(Word.LEAVING)

    def _drain(self) -> None:
        """Drain; whoever asks for it again changes nothing."""
        self._leave()
        if not self._draining:
            self._draining = True
            self._server.stop()

    def _retire(self) -> None:
        """Drain, with time: another worker is there."""
        self._leave()
        self._server.retire()

    def _end_now(self) -> None:
        self._drain()
        self._server.stop()
