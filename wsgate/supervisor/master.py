"""The master: it holds the sockets and the workers, and never runs the application.

One loop waits for signals, for what the workers say and for their ends, and tells the crew of it;
what that finds missing is started, what it finds too much drains.
"""

import logging
import math
import os
import selectors
import signal
import time
from collections.abc import Callable

from wsgate import notify
from wsgate.config import Config
from wsgate.observe.logging import reopen_log_files
from wsgate.server import STARTUP_FAILED
from wsgate.supervisor.channel import Word
from wsgate.supervisor.crew import Crew
from wsgate.supervisor.health import HealthCheck, retire
from wsgate.supervisor.signals import signals_received
from wsgate.supervisor.watcher import Watcher
from wsgate.supervisor.worker import State, Worker

logger = logging.getLogger("wsgate.error")

RELOAD_GRACE = 1.0
"""Seconds for open requests and websockets to end where a file has changed."""

Start = Callable[[], Worker]
"""Starts a worker; raises OSError where the system has no room for it."""

Renew = Callable[[], bool]
"""Has the workers that are started from now on serve with the settings as they are now; False where
these are wrong."""


class Master:
    """Keep as many workers as the configuration, or a signal, says."""

    def __init__(
        self, config: Config, start: Start, renew: Renew, watcher: Watcher | None = None
    ) -> None:
        self._watcher = watcher
        self.crew = Crew(config.workers)
        self._start = start
        self._renew = renew
        self._selector = selectors.DefaultSelector()
        self._health = HealthCheck(config)
        self._reloading = False
        self._exit_code = 0
        self._orders_to_stop = 0
        self._orders: dict[int, Callable[[], None]] = {
            signal.SIGTERM: self.stop,
            signal.SIGINT: self.stop,
            signal.SIGHUP: self.replace_all,
            signal.SIGTTIN: lambda: self.resize(+1),
            signal.SIGTTOU: lambda: self.resize(-1),
            signal.SIGUSR1: self._reopen_logs,
            signal.SIGCHLD: lambda: None,  # the end of a worker is looked for in every turn
        }

    def run(self) -> int:
        """Work until all workers have ended; give the exit code, 3 where they do not start."""
        logger.info("Started master process [%d]", os.getpid())
        with signals_received() as signals, self._selector:
            self._selector.register(signals, selectors.EVENT_READ)
            if self._watcher is not None:
                self._selector.register(self._watcher, selectors.EVENT_READ, self._watcher)
            while not self._orders_to_stop or self.crew.workers:
                self._mend()
                for key, _ in self._selector.select(self._pause()):
                    if key.data is None:
                        for number in signals.recv(4096):
                            self._orders[number]()
                    elif isinstance(key.data, Watcher):
                        self._see(key.data)
                    else:
                        self._hear(key.data)
                self._bury()
                self._health.look(self.crew.workers, time.monotonic())
                self._press()
        if self._watcher is not None:
            self._watcher.close()
        logger.info("Finished master process [%d]", os.getpid())
        return self._exit_code

    # Orders.

    def stop(self) -> None:
        """Have all workers drain; the second time end at once, the third time kill them."""
        self._orders_to_stop += 1
        if self._orders_to_stop == 1:
            notify.stopping()
            logger.info("Shutting down: %d workers drain", len(self.crew.workers))
            for worker in self.crew.workers:
                self._end(worker, Word.DRAIN)
        elif self._orders_to_stop == 2:
            self._tell_all(Word.FORCE)
        else:
            for worker in self.crew.workers:
                worker.kill(signal.SIGKILL)

    def replace_all(self) -> None:
        """Have each worker replaced by one that loads the application anew, one after the other."""
        notify.reloading()
        if not self._renew():
            notify.ready()
            return
        logger.info("Replacing %d workers, one by one", self.crew.wanted)
        self._reloading = True
        self.crew.start_at = 0.0
        for worker in self.crew.workers:
            if worker.state is State.STARTING:
                self._end(worker, Word.DRAIN)
            worker.stale = True

    def reload(self, what: str) -> None:
        """Start anew with the files as they are now; who does not end soon is made to."""
        logger.info("Reloading: %s changed", what)
        self.crew.begin_anew()
        for worker in self.crew.workers:
            if worker.state is not State.DRAINING:
                self._end(worker, Word.DRAIN)
                worker.forced_at = time.monotonic() + RELOAD_GRACE

    def resize(self, difference: int) -> None:
        """Change the number of workers; one stays."""
        self.crew.wanted = max(1, self.crew.wanted + difference)
        logger.info("Keeping %d workers from now on", self.crew.wanted)

    def _reopen_logs(self) -> None:
        reopen_log_files()
        self._tell_all(Word.REOPEN)

    def _tell_all(self, word: Word) -> None:
        for worker in self.crew.workers:
            worker.channel.send(word)

    def _mend(self) -> None:
        """Drain what is too much, start what is missing."""
        if self._orders_to_stop:
            return
        for worker in self.crew.surplus():
            self._end(worker, Word.RETIRE)
        if self._reloading and not self.crew.replacing:
            self._reloading = False
            notify.ready()
        now = time.monotonic()
        for _ in range(self.crew.missing(now)):
            self._start_one(now)

    def _start_one(self, now: float) -> None:
        try:
            worker = self._start()
        except OSError as error:
            logger.error("Cannot start a worker: %s", error)
            self._start_failed(now)
            return
        logger.info("Starting %s", worker)
        self.crew.workers.append(worker)
        self._selector.register(worker.channel, selectors.EVENT_READ, worker)

    def _end(self, worker: Worker, how: Word) -> None:
        """Have a worker drain; one that loads the application still ends at once."""
        starting = worker.state is State.STARTING
        worker.enter(State.DRAINING, time.monotonic())
        worker.channel.send(how)
        if starting:
            worker.kill(signal.SIGTERM)

    # What the workers do.

    def _hear(self, worker: Worker) -> None:
        words = worker.channel.receive()
        if words is None:
            self._hear_no_more(worker)
            return
        for word in words:
            self._on_word(worker, word)

    def _on_word(self, worker: Worker, word: Word) -> None:
        now = time.monotonic()
        if word is Word.PONG:
            worker.asked = None
        elif word is Word.TIRED:
            retire(worker, "it has had its requests")
        elif word is Word.LEAVING:
            worker.enter(State.DRAINING, now)
        elif word is Word.READY and worker.state is State.STARTING:
            if not self.crew.proven:
                notify.ready()
            self.crew.ready(worker, now)
            logger.info("Ready: %s", worker)

    def _press(self) -> None:
        """Force the end of drains that have no more time."""
        now = time.monotonic()
        for worker in self.crew.workers:
            if worker.forced_at <= now:
                worker.forced_at = math.inf
                worker.channel.send(Word.FORCE)

    def _see(self, watcher: Watcher) -> None:
        """Take what the watcher says."""
        changed = watcher.receive()
        if changed is None:
            logger.error("No file is watched any more: the process that did has ended")
            self._selector.unregister(watcher)
        elif not self._orders_to_stop:
            for what in changed:
                self.reload(what)

    def _bury(self) -> None:
        """Let go of the workers that have ended."""
        for worker in self.crew.workers[:]:
            pid, status = os.waitpid(worker.pid, os.WNOHANG)
            if pid:
                self._hear(worker)  # its last words
                self._hear_no_more(worker)
                worker.channel.close()
                worker.share.clear()
                self.crew.workers.remove(worker)
                self._ended(worker, os.waitstatus_to_exitcode(status))

    def _hear_no_more(self, worker: Worker) -> None:
        if worker.channel in self._selector.get_map():
            self._selector.unregister(worker.channel)

    def _ended(self, worker: Worker, code: int) -> None:
        now = time.monotonic()
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        if worker.state is State.DRAINING:
            expected = code in (0, -signal.SIGTERM)
            logger.log(logging.INFO if expected else logging.WARNING, "Ended: %s, %s", worker, how)
        elif worker.state is State.STARTING:
            logger.error("Failed to start: %s, %s", worker, how)
            self._start_failed(now)
        else:
            logger.error("Died: %s, %s", worker, how)
            self.crew.died(worker, now)

    def _start_failed(self, now: float) -> None:
        if self._watcher is not None:
            logger.error("Waiting for a file to change")
            self.crew.start_at = math.inf
            return
        self.crew.start_failed(now)
        if self.crew.hopeless and not self._orders_to_stop:
            logger.error("Workers do not start: giving up")
            self._exit_code = STARTUP_FAILED
            self.stop()

    def _pause(self) -> float:
        """Give the seconds until something is due."""
        now = time.monotonic()
        due = min([self._health.due, *(each.forced_at for each in self.crew.workers)])
        if now < self.crew.start_at:
            due = min(due, self.crew.start_at)
        return max(0.0, due - now)
