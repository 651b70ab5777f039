"""The workers as they are, and as they should be: without processes, signals or a clock.

Whatever makes the two differ, a death, an order, a limit, the same rules mend it: `surplus` says
who is to drain, `missing` how many are to be started. A stale worker serves until another is ready
in its place; so new always comes before old.
"""

from wsgate.supervisor.backoff import BackOff
from wsgate.supervisor.worker import State, Worker

MAX_FAILED_STARTS = 5
"""Failed starts in a row, while workers are missing, after which it is hopeless."""

STABLE_AFTER = 1.0
"""Seconds that a worker has to serve before its death is no failure in a row."""


class Crew:
    """Those that serve, or did and drain. wanted: how many shall serve. now: monotonic seconds.

    start_at: when the next may be started. proven: whether any has ever been ready.
    """

    def __init__(self, wanted: int) -> None:
        self.workers: list[Worker] = []
        self.wanted = wanted
        self.start_at = 0.0
        self.proven = False
        self._failed_starts = 0
        self._back_off = BackOff()

    def in_state(self, state: State) -> list[Worker]:
        """Give the workers in a state."""
        return [each for each in self.workers if each.state is state]

    @property
    def replacing(self) -> bool:
        """Whether one that serves is to be replaced."""
        return any(each.stale for each in self.in_state(State.READY))

    @property
    def hopeless(self) -> bool:
        """Whether no worker can be started, it seems."""
        return self._failed_starts >= MAX_FAILED_STARTS

    def surplus(self) -> list[Worker]:
        """Give those to drain: stale ones, the oldest first; then the youngest.

        The youngest has least to lose.
        """
        ready = self.in_state(State.READY)
        ready.sort(key=lambda each: (not each.stale, each.since if each.stale else -each.since))
        return ready[: max(0, len(ready) - self.wanted)]

    def missing(self, now: float) -> int:
        """Give how many to start now."""
        if now < self.start_at:
            return 0
        starting, ready = len(self.in_state(State.STARTING)), len(self.in_state(State.READY))
        missing = self.wanted - starting - ready
        if missing > 0:
            # The first one goes ahead: what is wrong with the application is said once.
            return missing if self.proven else min(1, missing, 1 - starting)
        return int(not starting and self.replacing)

    def begin_anew(self) -> None:
        """Forget what went wrong: the application is another now."""
        self.start_at = 0.0
        self._failed_starts = 0
        self._back_off.succeeded()

    def ready(self, worker: Worker, now: float) -> None:
        """Take note that a worker serves."""
        worker.enter(State.READY, now)
        self.proven = True
        self._failed_starts = 0

    def died(self, worker: Worker, now: float) -> None:
        """Take note that a worker that served has ended."""
        if now - worker.since >= STABLE_AFTER:
            self._back_off.succeeded()
        self.start_at = now + self._back_off.failed()

    def start_failed(self, now: float) -> None:
        """Take note that a worker has ended before it served, or could not be made.

        Where enough serve, as when they were to be replaced, they stay and it is tried for ever.
        """
        self.start_at = now + self._back_off.failed()
        if len(self.in_state(State.READY)) < self.wanted:
            self._failed_starts += 1
