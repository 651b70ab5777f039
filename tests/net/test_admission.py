"""Places: who gets one, and that each comes back."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.net.skipping import SkippingLoop
from wsgate.asgi.types import Address
from wsgate.config import Config
from wsgate.net.admission import (
    CLIENT,
    CONCURRENCY,
    CONNECTIONS,
    HANDSHAKES,
    PATH,
    RATE,
    Admission,
    Place,
    Rules,
    site_of,
)
from wsgate.net.clock import Clock
from wsgate.net.share import Share, numbers

HERE: Address = ("192.0.2.1", 5000)
THERE: Address = ("192.0.2.2", 5000)


class Door:
    """An admission, with the rules of one route; everybody asks for the same path."""

    def __init__(self, clock: Clock, share: Share | None = None, **limits: Any) -> None:
        config = Config(app="app:app", **limits)
        self.admission = Admission(config, share)
        self.rules = Rules(config, clock)

    def request(self, client: Address | None = HERE) -> Place:
        place = self.admission.enter(self.rules, client)
        assert isinstance(place, Place)
        return place

    def websocket(self, path: str = "/") -> Place:
        place = self.admission.enter_websocket(self.rules, HERE, path)
        assert isinstance(place, Place)
        return place


def test_places_come_back(clock: Clock) -> None:
    door = Door(clock, limit_concurrency=2)
    first, second = door.request(), door.websocket()
    assert door.admission.enter(door.rules, THERE) is CONCURRENCY
    assert door.admission.enter_websocket(door.rules, THERE, "/") is CONCURRENCY
    second.leave()
    door.request()
    first.leave()
    door.request()
    assert door.admission.enter(door.rules, THERE) is CONCURRENCY


def test_a_request_keeps_its_place_until_the_application_has_done(
    clock: Clock, loop: SkippingLoop
) -> None:
    door = Door(clock, limit_concurrency=1)
    done: list[asyncio.Future[None]] = []
    call = loop.create_future()

    def fails(task: asyncio.Future[None]) -> None:
        done.append(task)
        raise OSError

    after = door.request().until(fails)
    assert door.admission.enter(door.rules, HERE) is CONCURRENCY
    with pytest.raises(OSError, match=r"^$"):
        after(call)
    assert done == [call]
    door.request()


def test_all_workers_together(clock: Clock) -> None:
    table = memoryview(bytearray(8 * numbers(2))).cast("q")
    table[0] = 2
    one, two = (Door(clock, Share(table, row), limit_connections=3) for row in (1, 2))
    one.request()
    place = two.request()
    one.websocket()
    for door in (one, two):
        assert door.admission.enter(door.rules, HERE) is CONNECTIONS
    place.leave()
    one.request()
    assert two.admission.enter(two.rules, HERE) is CONNECTIONS


def test_all_where_there_is_one_worker(clock: Clock) -> None:
    door = Door(clock, limit_connections=1)
    door.request()
    assert door.admission.enter(door.rules, HERE) is CONNECTIONS


def test_clients_are_told_apart(clock: Clock) -> None:
    door = Door(clock, limit_connections_per_client=2)
    first = door.request()
    door.websocket()
    assert door.admission.enter(door.rules, HERE) is CLIENT
    door.request(THERE)
    for _ in range(3):
        door.request(None)  # over a unix socket
    first.leave()
    door.request()
    assert door.admission.enter(door.rules, HERE) is CLIENT


def test_paths_are_told_apart(clock: Clock) -> None:
    door = Door(clock, limit_connections_per_path=1)
    first = door.websocket("/one")
    door.websocket("/two")
    assert door.admission.enter_websocket(door.rules, THERE, "/one") is PATH
    first.leave()
    door.websocket("/one")


def test_handshakes_wait_for_an_answer_or_the_end(clock: Clock) -> None:
    door = Door(clock, limit_handshakes=1)
    first = door.websocket()
    assert door.admission.enter_websocket(door.rules, THERE, "/") is HANDSHAKES
    door.request()
    first.answered()
    second = door.websocket()
    first.leave()
    assert door.admission.enter_websocket(door.rules, THERE, "/") is HANDSHAKES
    second.leave()
    door.websocket()


@pytest.mark.parametrize("per_second", [0.5, 2.0, 4.0])
def test_so_many_a_second(clock: Clock, loop: SkippingLoop, per_second: float) -> None:
    door = Door(clock, limit_handshake_rate=per_second, limit_concurrency=10)

    def let_in() -> int:
        places = []
        while isinstance(place := door.admission.enter_websocket(door.rules, HERE, "/"), Place):
            places.append(place)
        assert place is RATE
        for each in places:
            each.leave()
        return len(places)

    assert let_in() == max(1, per_second)
    assert let_in() == 0
    loop.selector.now += 2.0
    assert let_in() == max(1, per_second)
    loop.selector.now += 2.0 / per_second
    assert let_in() == min(2, max(1, per_second))


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::7", "2001:db8:1:2::"),
        ("2001:db8:1:3::7", "2001:db8:1:3::"),
        ("fe80::1%eth0", "fe80::"),
    ],
)
def test_the_site_of_a_client(host: str, site: str) -> None:
    assert site_of(host) == site
