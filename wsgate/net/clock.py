"""The one timer of a worker: deadlines of all connections, and the Date header.

Deadlines are kept in buckets of a tick each; one `call_at` of the event loop waits for the next
bucket that holds something. To move a deadline costs an assignment: it is looked at when its
bucket comes, and put into a later one if it was moved. An idle worker has no timer at all.
Time is monotonic; only the Date header asks the wall clock.

Where the event loop is blocked the timer comes late. That is how a block is noticed and told in the
log, without a timer of its own: to within the time until the next bucket.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
import math
import time
from email.utils import formatdate
from typing import Final, Protocol

logger = logging.getLogger("wsgate.error")

TICK: Final = 0.1
"""Seconds; a deadline is reached at most so much late."""

SECOND_LOOK: Final = 2 * TICK
"""Seconds between the end of a time and a verdict: at least one poll of all sockets lies between.

Where the loop was blocked, its timers come before what waits in the sockets.
"""

LATE: Final = 1.0
"""Seconds from which on a timer that comes late tells of a block."""

AGAIN: Final = 1.0
"""Seconds after which a deadline whose owner has raised is reached once more."""

NEVER: Final = math.inf
NO_BUCKET: Final = 1 << 60
"""The number of a bucket that never comes."""


class Owner(Protocol):
    """Who a deadline belongs to."""

    def deadline_reached(self) -> None:
        """Act; the deadline is disarmed already and may be armed anew."""


class Deadline:
    """A point in time that can be moved, one an owner."""

    __slots__ = ("_bucket", "_clock", "_owner", "at")

    def __init__(self, clock: Clock, owner: Owner) -> None:
        self.at = NEVER
        self._bucket = NO_BUCKET
        self._clock = clock
        self._owner: Owner | None = owner

    def arm(self, delay: float) -> None:
        """Set it to `delay` seconds from now, in place of what was set; 0 or less disarms."""
        if delay <= 0:
            self.at = NEVER
            return
        self.at = self._clock.now() + delay
        bucket = math.ceil(self.at / TICK)
        if bucket < self._bucket:
            self._bucket = bucket
            self._clock.put(self, bucket)

    def disarm(self) -> None:
        """Unset it."""
        self.at = NEVER

    def hand_over(self, owner: Owner) -> None:
        """Unset it; it is another's from now on."""
        self.at = NEVER
        self._owner = owner

    def drop(self) -> None:
        """Unset it for good and forget the owner."""
        self.at = NEVER
        self._owner = None

    def bucket_came(self, bucket: int, now: float) -> None:
        """Look: reached, moved or disarmed."""
        if bucket != self._bucket:
            return
        self._bucket = NO_BUCKET
        if self.at == NEVER:
            return
        due = math.ceil(self.at / TICK)
        # Rounding may leave a deadline the least bit behind its own bucket: that is reached too.
        if due <= bucket or self.at <= now:
            self.at = NEVER
            if self._owner is not None:
                self._owner.deadline_reached()
        else:
            self._bucket = due
            self._clock.put(self, due)


class Clock:
    """All deadlines of an event loop. blocked: seconds for which the loop has been, in all."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.now = loop.time
        self.blocked = 0.0
        self._loop = loop
        self._buckets: dict[int, list[Deadline]] = {}
        self._order: list[int] = []
        self._timer: asyncio.TimerHandle | None = None
        self._timer_bucket = NO_BUCKET
        self._date = (0, b"")

    def awake(self) -> float:
        """Give `now()` less the time for which the loop was blocked: what a peer is measured by."""
        return self.now() - self.blocked

    def date(self) -> bytes:
        """Give the value of a Date field (RFC 9110 section 6.6.1), made once a second."""
        second = int(time.time())
        if second != self._date[0]:
            self._date = (second, formatdate(second, usegmt=True).encode())
        return self._date[1]

    def put(self, deadline: Deadline, bucket: int) -> None:
        """Have a deadline looked at when a bucket comes."""
        waiting = self._buckets.get(bucket)
        if waiting is None:
            self._buckets[bucket] = [deadline]
            heapq.heappush(self._order, bucket)
            self._set_timer()
        else:
            waiting.append(deadline)

    def stop(self) -> None:
        """Forget all deadlines."""
        self._buckets.clear()
        self._order.clear()
        self._set_timer()

    def _set_timer(self) -> None:
        first = self._order[0] if self._order else NO_BUCKET
        if first == self._timer_bucket:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._timer_bucket = first
        if self._order:
            self._timer = self._loop.call_at(self._order[0] * TICK, self._tick)

    def _tick(self) -> None:
        now = self.now()
        late = now - self._timer_bucket * TICK
        if late > LATE:
            self.blocked += late
            logger.info("The event loop was blocked for %.1f s", late)
        self._timer = None
        self._timer_bucket = NO_BUCKET
        while self._order and self._order[0] * TICK <= now:
            bucket = heapq.heappop(self._order)
            for deadline in self._buckets.pop(bucket):
                try:
                    deadline.bucket_came(bucket, now)
                except Exception as error:
                    self._failed(deadline, error)
        self._set_timer()

    def _failed(self, deadline: Deadline, error: Exception) -> None:
        """Keep an error, be it for want of memory, from the other deadlines of the bucket."""
        deadline.arm(AGAIN)
        told = {"message": "A deadline raised, and will be reached again", "exception": error}
        self._loop.call_exception_handler(told)
