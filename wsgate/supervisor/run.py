"""Serves as the configuration says: in this process, or in workers under a master."""

import gc
import logging
import mmap
import os
import socket
import threading
import time
from collections.abc import Callable

from wsgate.config import Config
from wsgate.errors import ConfigError, StartupError
from wsgate.net.certificates import certificates_of
from wsgate.net.share import Share, numbers
from wsgate.net.sockets import bind
from wsgate.observe.logging import configure_logging, flush_logs
from wsgate.server import announce, closing_all
from wsgate.server import run as run_here
from wsgate.supervisor.channel import Channel, channel_pair
from wsgate.supervisor.child import Child
from wsgate.supervisor.files import Files
from wsgate.supervisor.forking import fork
from wsgate.supervisor.master import Master
from wsgate.supervisor.pid_file import pid_file
from wsgate.supervisor.title import name_process
from wsgate.supervisor.watch import resident_memory
from wsgate.supervisor.watcher import Watcher, start_watcher
from wsgate.supervisor.worker import Worker

logger = logging.getLogger("wsgate.error")

ROWS = 1024
"""Most workers at a time, those included that drain."""


Configure = Callable[[], Config]


def run(config: Config, configure: Configure | None = None) -> int:
    """Serve until a signal, and give the exit code; StartupError where the server cannot start.

    configure: gives the configuration anew, for the workers that SIGHUP starts; it may raise
    ConfigError.
    """
    with pid_file(config.pid_file):
        return run_workers(config, configure) if has_master(config) else run_here(config)


def has_master(config: Config) -> bool:
    """Whether workers serve, be it one, so that another can take its place."""
    limits = (config.workers_lifetime, config.workers_max_rss)
    return config.workers > 1 or config.reload or any(limit is not None for limit in limits)


def run_workers(config: Config, configure: Configure | None) -> int:
    """Watch over workers until a signal; as `run`."""
    if threading.current_thread() is not threading.main_thread():
        raise StartupError("--workers needs the main thread, which alone is told of signals")
    if config.workers_max_rss is not None and not resident_memory(os.getpid()):
        raise StartupError("--workers-max-rss needs /proc, which this system does not have")
    name_process(f"master {config.app}" if isinstance(config.app, str) else "master")
    configure_logging(config)
    watcher = watcher_of(config) if config.reload else None
    certificates_of(config)  # what is wrong with them is said once, here
    sockets = bind(config)
    with closing_all(sockets):
        announce(sockets, config)
        # What the workers have in common stays in common.
        gc.collect()
        gc.freeze()
        try:
            return Nursery(config, sockets, watcher, configure).master.run()
        finally:
            flush_logs()


def watcher_of(config: Config) -> Watcher:
    """Begin to watch the files; raises ConfigError where nothing could be loaded anew."""
    if not isinstance(config.app, str):
        raise ConfigError("--reload needs APP as module:attribute: an object cannot be loaded anew")
    files = Files(config.reload_dirs, config.reload_includes, config.reload_excludes)
    for directory in files.directories:
        if not directory.is_dir():
            raise ConfigError(f"--reload-dir {str(directory)!r} is no directory: name one that is")
    logger.info("Watching %s", ", ".join(str(each) for each in files.directories))
    return start_watcher(files, config.reload_delay, fork)


class Nursery:
    """Where workers come from."""

    def __init__(
        self,
        config: Config,
        sockets: list[socket.socket],
        watcher: Watcher | None,
        configure: Configure | None = None,
    ) -> None:
        self._config = config
        self._configure = configure
        self._watcher = watcher
        self._sockets = sockets
        self._table = memoryview(mmap.mmap(-1, numbers(ROWS) * 8)).cast("q")
        self.master = Master(config, self.start, self.renew, watcher)

    def renew(self) -> bool:
        """Take the configuration anew; where it is wrong, the log says so and the old one stays."""
        if self._configure is not None:
            try:
                self._config = self._configure()
            except ConfigError as error:
                logger.error("Nothing is replaced: %s", error)
                return False
        return True

    def start(self) -> Worker:
        """Fork a worker; raises OSError where that cannot be."""
        number = self._free_row()
        share = Share(self._table, number)
        share.clear()  # until it accepts
        ours, theirs = channel_pair()
        strange: list[Channel | Watcher] = [ours]
        strange += [each.channel for each in self.master.crew.workers]
        if self._watcher is not None:
            strange.append(self._watcher)

        def work() -> int:
            for channel in strange:
                channel.close()  # while somebody has it, its worker would not see the master die
            name_process(f"worker {number}")
            return Child(self._config, theirs, self._sockets).run(share)

        try:
            pid = fork(work)
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        return Worker(number, pid, ours, share, time.monotonic())

    def _free_row(self) -> int:
        """Find the lowest row of the table without a worker."""
        taken = {each.number for each in self.master.crew.workers}
        number = next((each for each in range(1, ROWS + 1) if each not in taken), None)
        if number is None:
            raise OSError(f"{ROWS} workers are there already, most of which drain")
        self._table[0] = max({number, *taken})
        return number
