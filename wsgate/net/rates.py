"""How fast a websocket's peer may send: token buckets, and what holds back who is over them."""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol

from wsgate.net.clock import NEVER, Clock, Deadline
from wsgate.websocket.connection import Connection

BURST: Final = 1.0
"""Seconds: what may come in them may come at once; a single token may in any case."""


class Rates(NamedTuple):
    """Messages, bytes on the wire and control frames a second; 0 is as many as come.

    timeout: seconds for which a peer may be held back without a break; 0 is for ever.
    """

    messages: float
    size: float
    controls: float
    timeout: float

    @property
    def any(self) -> bool:
        """Whether anything is bounded."""
        return bool(self.messages or self.size or self.controls)


class Bucket:
    """Tokens that come at a steady rate, and are kept up to a number.

    filling: seconds until an empty one is full.
    """

    __slots__ = ("_at", "_level", "_rate", "_room", "filling")

    def __init__(self, rate: float, now: float) -> None:
        self._rate = rate
        self._room = max(rate * BURST, 1.0)
        self._level = self._room
        self._at = now
        self.filling = self._room / rate

    def take(self, count: int, now: float, unread: float) -> float:
        """Take tokens, also some that are still to come; give the seconds until it is full then.

        0 where there were enough. unread: seconds since the last time in which we did not read;
        what comes in them is kept for the peer, however much it is.
        """
        level = self._level + (now - self._at - unread) * self._rate
        level = min(level, max(self._room, self._level)) + unread * self._rate - count
        self._level = level
        self._at = now
        return (self._room - level) / self._rate if level < 0 else 0.0


class Receiver(Protocol):
    """Who takes what comes: a session.

    core: it counts. behind: reading is paused, since the application has so much to do.
    """

    core: Connection

    @property
    def behind(self) -> bool:
        """As above."""

    def hold(self) -> bool:
        """Hold the peer back until `read_on()`; False where the end has begun."""

    def read_on(self) -> None:
        """Hold it back no more."""

    def outrun(self) -> None:
        """Fail the connection."""


class Throttle:
    """Holds a peer back while one of its buckets is empty, until it is full again.

    A peer that then empties it in less time than it takes to fill was held back without a break:
    it sends at twice the rate or more, or has all that it sent meanwhile still in the line. After
    the time-out the connection is failed; a time for which the event loop was blocked is not of it.
    """

    __slots__ = (
        "_behind",
        "_blocked",
        "_clock",
        "_controls",
        "_controls_seen",
        "_deadline",
        "_filling",
        "_last",
        "_messages",
        "_messages_seen",
        "_receiver",
        "_run_ends",
        "_since",
        "_size",
        "_timeout",
    )

    def __init__(self, clock: Clock, rates: Rates, receiver: Receiver) -> None:
        now = clock.now()
        self._clock = clock
        self._receiver = receiver
        self._deadline = Deadline(clock, self)
        self._messages = Bucket(rates.messages, now) if rates.messages else None
        self._size = Bucket(rates.size, now) if rates.size else None
        self._controls = Bucket(rates.controls, now) if rates.controls else None
        self._messages_seen = 0
        self._controls_seen = 0
        self._last = now
        self._blocked = clock.blocked
        self._behind = False
        self._timeout = rates.timeout or NEVER
        self._since = self._run_ends = -NEVER
        self._filling = 0.0

    def came(self, size: int) -> None:
        """Count what was taken since the last call; size: the bytes of that."""
        core, now = self._receiver.core, self._clock.now()
        unread = self._unread(now)
        wait = 0.0
        messages, controls = core.messages_received, core.controls_received
        for bucket, number in (
            (self._messages, messages - self._messages_seen),
            (self._size, size),
            (self._controls, controls - self._controls_seen),
        ):
            if bucket is not None and (longer := bucket.take(number, now, unread)) > wait:
                wait, self._filling = longer, bucket.filling
        self._messages_seen, self._controls_seen = messages, controls
        if wait > 0 and self._receiver.hold():
            self._hold(wait, now)

    def deadline_reached(self) -> None:
        """Read again, or fail the connection."""
        if self._clock.awake() >= self._since + self._timeout:
            self._receiver.outrun()
        else:
            self._run_ends = self._clock.now() + self._filling
            self._receiver.read_on()

    def drop(self) -> None:
        """Forget the connection: it has ended."""
        self._deadline.drop()

    def _unread(self, now: float) -> float:
        """Give the seconds since the last call in which it was not the peer that we waited for."""
        elapsed, blocked = now - self._last, self._clock.blocked - self._blocked
        unread = elapsed if self._behind else min(blocked, elapsed)
        self._last = now
        self._blocked += blocked
        self._behind = self._receiver.behind
        return unread

    def _hold(self, wait: float, now: float) -> None:
        if now > self._run_ends:
            self._since = self._clock.awake()
        self._run_ends = NEVER  # as long as it is held
        left = self._since + self._timeout - self._clock.awake()
        if left > 0:
            self._deadline.arm(min(wait, left))
        else:
            self._receiver.outrun()
