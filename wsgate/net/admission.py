"""Who is let in, before the application runs: how many at a time, and how many a second.

A place is taken with the head of a request, since that says who the client is; it is given back
when the application has done with a request, and when the connection of a websocket has ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Final

from wsgate.asgi.types import Address
from wsgate.config import Config
from wsgate.net.clock import Clock
from wsgate.net.share import Share

Done = Callable[[asyncio.Future[None]], None]

SITE: Final = 64
"""Bits of an IPv6 address that tell clients apart: the rest is the client's own to choose."""

REMEMBERED: Final = 1024
"""Addresses whose site need not be worked out again."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why somebody is not let in. limit: as it is counted, ``refused.`` and this word."""

    limit: str
    status: int
    sentence: str


CONCURRENCY: Final = Refusal("concurrency", 503, "the server has too much to do, try again")
CONNECTIONS: Final = Refusal("connections", 503, "the servers have too much to do, try again")
CLIENT: Final = Refusal("client", 429, "too many connections from your address, close some")
PATH: Final = Refusal("path", 503, "too many websockets have this path, try again")
HANDSHAKES: Final = Refusal("handshakes", 503, "too many websockets wait to be accepted, try again")
RATE: Final = Refusal("rate", 503, "too many websockets come in a second, try again")


class Rate:
    """So many a second; those of one second, and one at least, may come at once."""

    __slots__ = ("_clock", "_left", "_most", "_per_second", "_seen")

    def __init__(self, clock: Clock, per_second: float) -> None:
        self._clock = clock
        self._per_second = per_second
        self._most = self._left = max(per_second, 1.0)
        self._seen = clock.now()

    def allows_one(self) -> bool:
        """Whether one more may come now; then it counts."""
        now = self._clock.now()
        self._left = min(self._most, self._left + (now - self._seen) * self._per_second)
        self._seen = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


class Rules:
    """The limits of a route; None and 0: no limit. handshakes: those that wait at the moment."""

    __slots__ = ("handshakes", "most_handshakes", "per_client", "per_path", "rate")

    def __init__(self, config: Config, clock: Clock) -> None:
        self.per_client = config.limit_connections_per_client or 0
        self.per_path = config.limit_connections_per_path or 0
        self.most_handshakes = config.limit_handshakes or 0
        self.handshakes = 0
        per_second = config.limit_handshake_rate
        self.rate = None if per_second is None else Rate(clock, per_second)

    @property
    def limiting(self) -> bool:
        """Whether there is any limit."""
        limits = self.per_client or self.per_path or self.most_handshakes
        return limits > 0 or self.rate is not None


class Tally:
    """How many there are by name, of those that are at all."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def of(self, name: str) -> int:
        """Give the number."""
        return self._counts.get(name, 0)

    def add(self, name: str) -> None:
        """Count one more."""
        self._counts[name] = self.of(name) + 1

    def remove(self, name: str) -> None:
        """Count one less."""
        left = self._counts[name] - 1
        if left:
            self._counts[name] = left
        else:
            del self._counts[name]


class Admission:
    """The places of a worker. share: where others have places of the same server.

    Two workers that look at the same time may go one over the limit of all.
    """

    __slots__ = ("_clients", "_most", "_most_of_all", "_paths", "_places", "_share")

    def __init__(self, config: Config, share: Share | None) -> None:
        self._most = config.limit_concurrency or 0
        self._most_of_all = config.limit_connections or 0
        self._share = share
        self._places = 0
        self._clients = Tally()
        self._paths = Tally()

    def enter(self, rules: Rules, client: Address | None) -> Place | Refusal:
        """Let a request in, or say why not. client: None, over a unix socket, has no limit."""
        name = "" if client is None or not rules.per_client else site_of(client[0])
        if self._most and self._places >= self._most:
            return CONCURRENCY
        if self._most_of_all and self._taken() >= self._most_of_all:
            return CONNECTIONS
        if name and self._clients.of(name) >= rules.per_client:
            return CLIENT
        self._count(1)
        if name:
            self._clients.add(name)
        return Place(self, rules, name)

    def enter_websocket(self, rules: Rules, client: Address | None, path: str) -> Place | Refusal:
        """Let the handshake of a websocket in, or say why not."""
        if rules.per_path and self._paths.of(path) >= rules.per_path:
            return PATH
        if rules.most_handshakes and rules.handshakes >= rules.most_handshakes:
            return HANDSHAKES
        place = self.enter(rules, client)
        if isinstance(place, Refusal):
            return place
        if rules.rate is not None and not rules.rate.allows_one():
            place.leave()
            return RATE
        rules.handshakes += 1
        place.waiting = True
        if rules.per_path:
            self._paths.add(path)
            place.path = path
        return place

    def leave(self, client: str, path: str) -> None:
        """Take a place back."""
        self._count(-1)
        if client:
            self._clients.remove(client)
        if path:
            self._paths.remove(path)

    def _taken(self) -> int:
        return self._places if self._share is None else self._share.held()

    def _count(self, difference: int) -> None:
        self._places += difference
        if self._share is not None:
            self._share.hold(self._places)


class Place:
    """What somebody who was let in holds. path: where that is limited. waiting: to be accepted."""

    __slots__ = ("_admission", "_client", "_rules", "path", "waiting")

    def __init__(self, admission: Admission, rules: Rules, client: str) -> None:
        self._admission = admission
        self._rules = rules
        self._client = client
        self.path = ""
        self.waiting = False

    def answered(self) -> None:
        """Wait no more: the application has accepted or refused."""
        if self.waiting:
            self.waiting = False
            self._rules.handshakes -= 1

    def until(self, done: Done) -> Done:
        """Give what calls `done`, and then gives the place back."""

        def leave(task: asyncio.Future[None]) -> None:
            try:
                done(task)
            finally:
                self.leave()

        return leave

    def leave(self) -> None:
        """Give it back, once."""
        self.answered()
        self._admission.leave(self._client, self.path)


@lru_cache(REMEMBERED)
def site_of(host: str) -> str:
    """Give the name under which a client counts: an IPv4 address, or 64 bits of an IPv6 one."""
    address = ip_address(host.partition("%")[0])
    if not isinstance(address, IPv6Address):
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Address(int(address) >> SITE << SITE))
