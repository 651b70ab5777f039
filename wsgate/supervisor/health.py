"""Looking after the workers: whether each is there, and whether it has reached a limit."""

import logging
import math
import signal
from collections.abc import Iterable

from wsgate import notify
from wsgate.config import Config
from wsgate.supervisor.watch import resident_memory, watch_interval
from wsgate.supervisor.worker import State, Worker

logger = logging.getLogger("wsgate.error")


class HealthCheck:
    """Look after workers, once in a while. due: when the next time is, in monotonic seconds."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._interval = min(watch_interval(config), notify.watchdog_interval() or math.inf)
        self.due = 0.0

    def look(self, workers: Iterable[Worker], now: float) -> None:
        """Kill who hangs, and have replaced who is at a limit, if it is time to look."""
        if now < self.due:
            return
        self.due = now + self._interval
        notify.alive()
        for worker in workers:
            if worker.state is State.STARTING:
                continue  # to load an application may take its time
            if worker.state is State.READY and not worker.stale:
                self._retire_at_limit(worker, now)
            self._ping(worker, now)

    def _ping(self, worker: Worker, now: float) -> None:
        """Ask whether it is there, and kill it when it has not answered for too long."""
        timeout = self._config.timeout_worker_healthcheck
        if worker.silent_for(now) > timeout + self._interval:
            worker.kill(signal.SIGKILL)
        elif worker.silent_for(now) > timeout:
            logger.error("No answer for %g s: %s is killed", timeout, worker)
            worker.kill(signal.SIGABRT)  # on which it says where it hangs
        worker.ping(now)

    def _retire_at_limit(self, worker: Worker, now: float) -> None:
        lifetime, max_rss = self._config.workers_lifetime, self._config.workers_max_rss
        if lifetime is not None and now - worker.since > lifetime:
            retire(worker, f"it has lived for {lifetime:g} s")
        elif max_rss is not None and (rss := resident_memory(worker.pid)) > max_rss:
            retire(worker, f"it holds {rss} bytes of memory")


def retire(worker: Worker, why: str) -> None:
    """Have a worker serve until another is ready in its place."""
    logger.info("Replacing %s: %s", worker, why)
    worker.stale = True
