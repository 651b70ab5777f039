"""When a peer is held back, and when it has gone on for too long, on a loop that skips time."""

from __future__ import annotations

import pytest

from tests.net.skipping import START, SkippingLoop
from wsgate.net.clock import TICK, Clock
from wsgate.net.rates import Bucket, Rates, Throttle
from wsgate.websocket.connection import Connection

RATE = 10
TIMEOUT = 5.0


class Receiver:
    """Notes from when to when the peer was held back, and when it was given up."""

    def __init__(self, loop: SkippingLoop) -> None:
        self.core = Connection()
        self.behind = False
        self.open = True
        self.held_at: list[float] = []
        self.read_on_at: list[float] = []
        self.outrun_at: list[float] = []
        self._loop = loop

    def hold(self) -> bool:
        if self.open:
            self.held_at.append(self._now())
        return self.open

    def read_on(self) -> None:
        self.read_on_at.append(self._now())

    def outrun(self) -> None:
        self.outrun_at.append(self._now())

    def _now(self) -> float:
        return self._loop.time() - START


class Peer:
    """Sends messages, which wait in the line while it is held back."""

    def __init__(self, loop: SkippingLoop, receiver: Receiver, throttle: Throttle) -> None:
        self._loop = loop
        self._receiver = receiver
        self._throttle = throttle
        self._line = 0

    @property
    def held(self) -> bool:
        return len(self._receiver.held_at) > len(self._receiver.read_on_at)

    def send(self, number: int, within: float = 0.0) -> None:
        """Send so many, one after the other."""
        for _ in range(number):
            self._line += 1
            self._arrive()
            self.wait(within / number)

    def wait(self, seconds: float) -> None:
        """Let time pass; what stands in the line is taken when reading goes on."""
        until = self._loop.time() + seconds
        while (now := self._loop.time()) < until:
            self._loop.run_until(min(now + TICK / 4, until))
            self._arrive()

    def _arrive(self) -> None:
        while self._line and not self.held and not self._receiver.outrun_at:
            self._line -= 1
            self._receiver.core.messages_received += 1
            self._throttle.came(20)


@pytest.fixture
def receiver(loop: SkippingLoop) -> Receiver:
    return Receiver(loop)


def bounded(
    clock: Clock,
    receiver: Receiver,
    *,
    messages: float = 0,
    size: float = 0,
    controls: float = 0,
    timeout: float = TIMEOUT,
) -> Throttle:
    return Throttle(clock, Rates(messages, size, controls, timeout), receiver)


@pytest.fixture
def peer(loop: SkippingLoop, clock: Clock, receiver: Receiver) -> Peer:
    return Peer(loop, receiver, bounded(clock, receiver, messages=RATE))


@pytest.mark.parametrize(
    ("rate", "takes"),
    [
        pytest.param(10.0, [(0, 10, 0.0), (0, 1, 1.1), (0.5, 5, 1.1)], id="a-second-at-once"),
        pytest.param(10.0, [(0, 25, 2.5), (1, 0, 1.5), (5, 10, 0.0)], id="a-debt"),
        pytest.param(0.5, [(0, 1, 0.0), (2, 1, 0.0), (1, 1, 3.0)], id="one-in-any-case"),
    ],
)
def test_bucket(rate: float, takes: list[tuple[float, int, float]]) -> None:
    now = START
    bucket = Bucket(rate, now)
    for later, count, wait in takes:
        now += later
        assert bucket.take(count, now, 0.0) == pytest.approx(wait)


def test_bucket_keeps_all_that_came_while_we_did_not_read() -> None:
    bucket = Bucket(10.0, START)
    assert bucket.take(10, START, 0.0) == 0.0
    assert bucket.take(100, START + 10, 10.0) == 0.0
    assert bucket.take(1, START + 10, 0.0) == pytest.approx(1.1)


@pytest.mark.parametrize(
    ("rates", "bounds"),
    [((0, 0, 0), False), ((1, 0, 0), True), ((0, 1, 0), True), ((0, 0, 1), True)],
)
def test_whether_anything_is_bounded(rates: tuple[float, float, float], bounds: bool) -> None:
    assert Rates(*rates, timeout=TIMEOUT).any is bounds


def test_within_the_rate(peer: Peer, receiver: Receiver) -> None:
    peer.send(RATE)
    peer.wait(1.0)
    peer.send(10 * RATE, within=10.0)
    assert receiver.held_at == []


def test_held_until_the_bucket_is_full_again(peer: Peer, receiver: Receiver) -> None:
    peer.send(RATE + 1)
    assert receiver.held_at == [0.0]
    peer.wait(10.0)
    assert receiver.read_on_at == [pytest.approx(1.1 + TICK / 2, abs=TICK)]
    assert receiver.outrun_at == []


def test_held_now_and_then_for_ever(peer: Peer, receiver: Receiver) -> None:
    """Each time it has waited for long enough before it sends more than it may."""
    for _ in range(20):
        peer.send(RATE + 1)
        peer.wait(3.0)
    assert len(receiver.read_on_at) == 20
    assert receiver.outrun_at == []


def test_held_without_a_break(peer: Peer, receiver: Receiver) -> None:
    peer.send(100 * RATE, within=10.0)
    assert receiver.outrun_at == [pytest.approx(TIMEOUT + TICK, abs=2 * TICK)]
    taken = receiver.core.messages_received
    assert taken <= (TIMEOUT + 2) * RATE


def test_for_ever(loop: SkippingLoop, clock: Clock, receiver: Receiver) -> None:
    peer = Peer(loop, receiver, bounded(clock, receiver, messages=RATE, timeout=0.0))
    peer.send(100 * RATE, within=10.0)
    peer.wait(100.0)
    assert receiver.outrun_at == []
    assert receiver.core.messages_received == 100 * RATE


def test_much_at_once_is_a_long_wait(loop: SkippingLoop, clock: Clock, receiver: Receiver) -> None:
    """The debt of one read: it ends with the time-out, though nothing follows."""
    throttle = bounded(clock, receiver, size=1000)
    throttle.came(100_000)
    loop.run_until(START + 100)
    assert receiver.held_at == [0.0]
    assert receiver.outrun_at == [pytest.approx(TIMEOUT, abs=TICK)]


def test_a_time_out_that_is_over_when_reading_goes_on(
    loop: SkippingLoop, clock: Clock, receiver: Receiver
) -> None:
    throttle = bounded(clock, receiver, size=100)
    throttle.came(490)
    loop.run_until(START + 4.95)
    assert receiver.read_on_at != []
    loop.run_until(START + TIMEOUT + 0.05)
    throttle.came(490)
    assert receiver.outrun_at == [pytest.approx(TIMEOUT + 0.05)]


@pytest.mark.parametrize("kind", ["messages", "size", "controls"])
def test_each_rate_counts_its_own(
    loop: SkippingLoop, clock: Clock, receiver: Receiver, kind: str
) -> None:
    throttle = bounded(clock, receiver, **{kind: RATE})
    core = receiver.core
    for other in {"messages", "size", "controls"} - {kind}:
        core.messages_received += 100 * (other == "messages")
        core.controls_received += 100 * (other == "controls")
        throttle.came(100 * (other == "size"))
    assert receiver.held_at == []
    core.messages_received += 11 * (kind == "messages")
    core.controls_received += 11 * (kind == "controls")
    throttle.came(11 * (kind == "size"))
    assert receiver.held_at == [0.0]


def test_the_longest_wait_counts(loop: SkippingLoop, clock: Clock, receiver: Receiver) -> None:
    throttle = bounded(clock, receiver, messages=1, size=1, controls=1)
    receiver.core.messages_received = receiver.core.controls_received = 2
    throttle.came(4)
    loop.run_until(START + 100)
    assert receiver.read_on_at == [pytest.approx(4 + TICK / 2, abs=TICK)]


def test_nothing_is_held_where_the_end_has_begun(
    loop: SkippingLoop, clock: Clock, receiver: Receiver
) -> None:
    receiver.open = False
    throttle = bounded(clock, receiver, size=10)
    throttle.came(100)
    loop.run_until(START + 100)
    assert receiver.held_at == receiver.outrun_at == receiver.read_on_at == []


def test_what_came_while_the_application_was_slow(
    loop: SkippingLoop, clock: Clock, receiver: Receiver
) -> None:
    throttle = bounded(clock, receiver, size=10)
    receiver.behind = True
    throttle.came(10)
    receiver.behind = False
    loop.run_until(START + 20)
    throttle.came(200)
    assert receiver.held_at == []
    throttle.came(1)
    assert len(receiver.held_at) == 1


def test_a_blocked_loop_is_not_the_peers_fault(
    loop: SkippingLoop, clock: Clock, receiver: Receiver
) -> None:
    """What came meanwhile is within the rate, and no time-out runs."""
    throttle = bounded(clock, receiver, size=10)
    throttle.came(20)
    loop.selector.now += 2 * TIMEOUT
    loop.run_until(loop.time() + TICK)
    assert receiver.read_on_at != []
    throttle.came(90)
    assert len(receiver.held_at) == 1
    assert receiver.outrun_at == []


def test_dropped(loop: SkippingLoop, clock: Clock, receiver: Receiver) -> None:
    throttle = bounded(clock, receiver, size=10)
    throttle.came(20)
    throttle.drop()
    loop.run_until(START + 100)
    assert receiver.read_on_at == receiver.outrun_at == []
