"""The master: it holds the sockets and the workers, and never runs the application.

One loop waits for signals, for what the workers say and for their ends, and then compares what is
with what should be: so many workers that are not stale. Whatever the reason for a difference, a
death, a signal, a limit, the same few rules mend it.
"""

import logging
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from wsgate.server import STARTUP_FAILED
from wsgate.supervisor.backoff import BackOff
from wsgate.supervisor.channel import Word
from wsgate.supervisor.forking import WATCHED
from wsgate.supervisor.worker import State, Worker

logger = logging.getLogger("wsgate.error")

MAX_FAILED_STARTS = 5
"""Failed starts in a row, while workers are missing, after which the master gives up."""

STABLE_AFTER = 1.0
"""Seconds that a worker has to serve before its death is no failure in a row."""

MAX_PING_INTERVAL = 1.0

Start = Callable[[], Worker]
"""Starts a worker; raises OSError where the system has no room for it."""


class Master:
    """Keep a number of workers; timeout: seconds after which one that does not answer is killed."""

    def __init__(self, workers: int, timeout: float, start: Start) -> None:
        self.workers: list[Worker] = []
        self._wanted = workers
        self._timeout = timeout
        self._start = start
        self._selector = selectors.DefaultSelector()
        self._back_off = BackOff()
        self._start_at = 0.0
        self._ping_interval = min(MAX_PING_INTERVAL, timeout / 5)
        self._ping_at = 0.0
        self._failed_starts = 0
        self._ever_ready = False
        self._exit_code = 0
        self._orders_to_stop = 0
        self._orders: dict[int, Callable[[], None]] = {
            signal.SIGTERM: self.stop,
            signal.SIGINT: self.stop,
            signal.SIGHUP: self.replace_all,
            signal.SIGTTIN: lambda: self.resize(+1),
            signal.SIGTTOU: lambda: self.resize(-1),
            signal.SIGUSR1: lambda: self._tell_all(Word.REOPEN),
            signal.SIGCHLD: lambda: None,  # the end of a worker is looked for in every turn
        }

    def run(self) -> int:
        """Work until all workers have ended; give the exit code, 3 where they do not start."""
        logger.info("Started master process [%d]", os.getpid())
        with signals_received() as signals, self._selector:
            self._selector.register(signals, selectors.EVENT_READ)
            while not self._orders_to_stop or self.workers:
                self._mend()
                for key, _ in self._selector.select(self._pause()):
                    if key.data is None:
                        for number in signals.recv(4096):
                            self._orders[number]()
                    else:
                        self._hear(key.data)
                self._bury()
                self._ping()
        logger.info("Finished master process [%d]", os.getpid())
        return self._exit_code

    # Orders.

    def stop(self) -> None:
        """Have all workers drain; the second time end at once, the third time kill them."""
        self._orders_to_stop += 1
        if self._orders_to_stop == 1:
            logger.info("Shutting down: %d workers drain", len(self.workers))
            for worker in self.workers:
                self._end(worker, Word.DRAIN)
        elif self._orders_to_stop == 2:
            self._tell_all(Word.FORCE)
        else:
            for worker in self.workers:
                kill(worker, signal.SIGKILL)

    def replace_all(self) -> None:
        """Have each worker replaced by one that loads the application anew, one after the other."""
        logger.info("Replacing %d workers, one by one", self._wanted)
        self._start_at = 0.0
        for worker in self.workers:
            if worker.state is State.STARTING:
                self._end(worker, Word.DRAIN)
            worker.stale = True

    def resize(self, difference: int) -> None:
        """Change the number of workers; one stays."""
        self._wanted = max(1, self._wanted + difference)
        logger.info("Keeping %d workers from now on", self._wanted)

    def _tell_all(self, word: Word) -> None:
        for worker in self.workers:
            worker.channel.send(word)

    # What is, and what should be.

    def _mend(self) -> None:
        """Start what is missing, end what is too much; what is stale counts as neither."""
        if self._orders_to_stop:
            return
        now = time.monotonic()
        ready = self._in_state(State.READY)
        # Stale ones first, the oldest of them before; then the youngest, which has least to lose.
        ready.sort(key=lambda each: (not each.stale, each.since if each.stale else -each.since))
        for worker in ready[: max(0, len(ready) - self._wanted)]:
            self._end(worker, Word.RETIRE)
        if now >= self._start_at:
            for _ in range(self._number_to_start()):
                self._start_one(now)

    def _number_to_start(self) -> int:
        starting, ready = self._in_state(State.STARTING), self._in_state(State.READY)
        missing = self._wanted - len(starting) - len(ready)
        if missing > 0:
            # The first one goes ahead: what is wrong with the application is said once.
            return missing if self._ever_ready else 1 - len(starting)
        return int(not starting and any(each.stale for each in ready))

    def _in_state(self, state: State) -> list[Worker]:
        return [each for each in self.workers if each.state is state]

    def _start_one(self, now: float) -> None:
        try:
            worker = self._start()
        except OSError as error:
            logger.error("Cannot start a worker: %s", error)
            self._start_failed(now)
            return
        logger.info("Starting %s", worker)
        self.workers.append(worker)
        self._selector.register(worker.channel, selectors.EVENT_READ, worker)

    def _end(self, worker: Worker, how: Word) -> None:
        """Have a worker drain; one that loads the application still ends at once."""
        starting = worker.state is State.STARTING
        worker.enter(State.DRAINING, time.monotonic())
        worker.channel.send(how)
        if starting:
            kill(worker, signal.SIGTERM)

    # What the workers do.

    def _hear(self, worker: Worker) -> None:
        words = worker.channel.receive()
        if words is None:
            self._selector.unregister(worker.channel)
            return
        for word in words:
            self._on_word(worker, word)

    def _on_word(self, worker: Worker, word: Word) -> None:
        now = time.monotonic()
        if word is Word.PONG:
            worker.asked = None
        elif word is Word.TIRED:
            worker.stale = True
        elif word is Word.LEAVING:
            worker.enter(State.DRAINING, now)
        elif word is Word.READY and worker.state is State.STARTING:
            worker.enter(State.READY, now)
            logger.info("Ready: %s", worker)
            self._failed_starts = 0
            self._ever_ready = True

    def _ping(self) -> None:
        """Ask all that serve whether they do, and kill who has not answered for too long."""
        now = time.monotonic()
        if now < self._ping_at:
            return
        self._ping_at = now + self._ping_interval
        for worker in self.workers:
            if worker.state is State.STARTING:
                continue  # to load an application may take its time
            if worker.silent_for(now) > self._timeout:
                logger.error("No answer for %g s: %s is killed", self._timeout, worker)
                kill(worker, signal.SIGKILL)
            worker.ping(now)

    def _bury(self) -> None:
        """Let go of the workers that have ended."""
        for worker in self.workers[:]:
            pid, status = os.waitpid(worker.pid, os.WNOHANG)
            if pid:
                self.workers.remove(worker)
                self._forget(worker)
                self._ended(worker, os.waitstatus_to_exitcode(status))

    def _forget(self, worker: Worker) -> None:
        if worker.channel in self._selector.get_map():
            self._selector.unregister(worker.channel)
        worker.channel.close()

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
            if now - worker.since >= STABLE_AFTER:
                self._back_off.succeeded()
            self._start_at = now + self._back_off.failed()

    def _start_failed(self, now: float) -> None:
        self._start_at = now + self._back_off.failed()
        if len(self._in_state(State.READY)) >= self._wanted:
            logger.error("The workers that serve stay until a new one can be started")
            return
        self._failed_starts += 1
        if self._failed_starts >= MAX_FAILED_STARTS and not self._orders_to_stop:
            logger.error("%d starts in a row have failed: giving up", self._failed_starts)
            self._exit_code = STARTUP_FAILED
            self.stop()

    def _pause(self) -> float:
        """Give the seconds until something is due."""
        now = time.monotonic()
        due = self._ping_at if now >= self._start_at else min(self._ping_at, self._start_at)
        return max(0.0, due - now)


def kill(worker: Worker, number: signal.Signals) -> None:
    """Send a signal to a worker, which has not been waited for."""
    os.kill(worker.pid, number)


@contextmanager
def signals_received() -> Iterator[socket.socket]:
    """Give a socket from which the numbers of the signals in WATCHED are read, a byte each."""
    ours, pythons = socket.socketpair()
    with ours, pythons:
        pythons.setblocking(False)
        before = {each: signal.signal(each, lambda *_: None) for each in WATCHED}
        wakeup = signal.set_wakeup_fd(pythons.fileno(), warn_on_full_buffer=False)
        try:
            yield ours
        finally:
            signal.set_wakeup_fd(wakeup)
            for each, handler in before.items():
                signal.signal(each, handler)
