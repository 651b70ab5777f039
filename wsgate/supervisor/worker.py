"""A worker, as its master sees it."""

import math
import os
import signal
from enum import Enum

from wsgate.net.share import Share
from wsgate.supervisor.channel import Channel, Word


class State(Enum):
    """What a worker is about."""

    STARTING = "it loads the application, and accepts nothing yet"
    READY = "it serves"
    DRAINING = "it accepts nothing more, and ends"


class Worker:
    """A process that serves. number: in its name, and of its row in the table of shares.

    since: when the state began, on the monotonic clock, in seconds. stale: it serves until another
    is ready in its place. asked: since when a ping has no answer. forced_at: when a drain that
    lasts has to end.
    """

    __slots__ = (
        "asked",
        "channel",
        "forced_at",
        "number",
        "pid",
        "share",
        "since",
        "stale",
        "state",
    )

    def __init__(self, number: int, pid: int, channel: Channel, share: Share, now: float) -> None:
        self.number = number
        self.pid = pid
        self.channel = channel
        self.share = share
        self.state = State.STARTING
        self.since = now
        self.stale = False
        self.asked: float | None = None
        self.forced_at = math.inf

    def __str__(self) -> str:
        return f"worker {self.number} [{self.pid}]"

    def enter(self, state: State, now: float) -> None:
        """Begin another state."""
        self.state = state
        self.since = now

    def kill(self, number: signal.Signals) -> None:
        """Send a signal to the process, which has not been waited for."""
        os.kill(self.pid, number)

    def ping(self, now: float) -> None:
        """Ask whether it is there, unless an answer is still due."""
        if self.asked is None:
            self.asked = now
            self.channel.send(Word.PING)

    def silent_for(self, now: float) -> float:
        """Give the seconds for which an answer has been due."""
        return 0.0 if self.asked is None else now - self.asked
