"""Who is to be started and who is to drain, in time that the test makes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from wsgate.net.share import Share, numbers
from wsgate.supervisor import backoff
from wsgate.supervisor.backoff import BackOff
from wsgate.supervisor.channel import channel_pair
from wsgate.supervisor.crew import MAX_FAILED_STARTS, STABLE_AFTER, Crew
from wsgate.supervisor.worker import State, Worker

SHARE = Share(memoryview(bytearray(numbers(1) * 8)).cast("q"), 1)


@pytest.fixture
def crew() -> Iterator[Crew]:
    """A crew of three, of which nobody has been started."""
    crew = Crew(3)
    yield crew
    for worker in crew.workers:
        worker.channel.close()


def start(crew: Crew, now: float = 0.0) -> Worker:
    """Do what the crew misses, once."""
    ours, theirs = channel_pair()
    theirs.close()
    number = len(crew.workers) + 1
    worker = Worker(number, 1000 + number, ours, SHARE, now)
    crew.workers.append(worker)
    return worker


def serving(crew: Crew, number: int) -> list[Worker]:
    """Have so many workers become ready, a second after each other."""
    workers = []
    for now in range(number):
        worker = start(crew, float(now))
        crew.ready(worker, float(now))
        workers.append(worker)
    return workers


def end(crew: Crew, worker: Worker) -> None:
    crew.workers.remove(worker)
    worker.channel.close()


def test_the_first_one_goes_ahead(crew: Crew) -> None:
    assert crew.missing(0.0) == 1
    first = start(crew)
    assert crew.missing(0.0) == 0
    crew.ready(first, 1.0)
    assert crew.missing(1.0) == 2
    start(crew)
    assert crew.missing(1.0) == 1


def test_no_more_than_wanted_and_no_less(crew: Crew) -> None:
    workers = serving(crew, 3)
    assert (crew.missing(9.0), crew.surplus()) == (0, [])
    crew.wanted = 1
    assert (crew.missing(9.0), crew.surplus()) == (0, [workers[2], workers[1]])
    crew.wanted = 5
    assert (crew.missing(9.0), crew.surplus()) == (2, [])


def test_new_comes_before_old_one_by_one(crew: Crew) -> None:
    old = serving(crew, 3)
    for worker in old:
        worker.stale = True
    for now, expected in enumerate(old, start=10):
        assert crew.replacing
        assert (crew.missing(now), crew.surplus()) == (1, [])
        new = start(crew, now)
        assert (crew.missing(now), crew.surplus()) == (0, [])
        crew.ready(new, now)
        assert crew.surplus() == [expected]
        expected.enter(State.DRAINING, now)
    assert not crew.replacing
    assert (crew.missing(20.0), crew.surplus()) == (0, [])


def test_a_death_during_a_replacement_takes_the_place(crew: Crew) -> None:
    old = serving(crew, 3)
    old[1].stale = True
    new = start(crew, 10.0)
    end(crew, old[0])
    crew.died(old[0], 10.0)
    crew.ready(new, 11.0)
    assert crew.surplus() == []
    assert crew.missing(11.0) == 1  # for the stale one


def test_who_has_served_is_replaced_at_once_however_often(crew: Crew) -> None:
    for now in range(0, 100, 10):
        worker = start(crew, now)
        crew.ready(worker, now)
        end(crew, worker)
        crew.died(worker, now + STABLE_AFTER)
        assert crew.missing(now + STABLE_AFTER) == 3


def test_who_dies_as_soon_as_it_serves_is_replaced_later_and_later(crew: Crew) -> None:
    delays = []
    for now in range(0, 500, 100):
        worker = start(crew, now)
        crew.ready(worker, now)
        end(crew, worker)
        crew.died(worker, now)
        delays.append(crew.start_at - now)
        assert crew.missing(now) == (0 if delays[-1] else 3)
        assert crew.missing(crew.start_at) == 3
    assert delays == [0.0, 0.25, 0.5, 1.0, 2.0]
    assert not crew.hopeless


def test_R29_starts_that_fail_are_hopeless_after_so_many(crew: Crew) -> None:
    for number in range(1, MAX_FAILED_STARTS + 1):
        assert not crew.hopeless
        end(crew, start(crew))
        crew.start_failed(0.0)
        assert crew.hopeless is (number == MAX_FAILED_STARTS)


def test_a_start_that_succeeds_makes_hope(crew: Crew) -> None:
    for _ in range(MAX_FAILED_STARTS - 1):
        crew.start_failed(0.0)
    crew.ready(start(crew), 0.0)
    crew.start_failed(0.0)
    assert not crew.hopeless


def test_where_enough_serve_it_is_tried_for_ever(crew: Crew) -> None:
    for worker in serving(crew, 3):
        worker.stale = True
    for _ in range(10 * MAX_FAILED_STARTS):
        crew.start_failed(0.0)
    assert crew.start_at == backoff.LONGEST_DELAY
    assert not crew.hopeless
    assert crew.missing(crew.start_at) == 1
    assert crew.surplus() == []


def test_the_delay_doubles_up_to_a_bound() -> None:
    back_off = BackOff()
    delays = [back_off.failed() for _ in range(100)]
    assert delays[:5] == [0.0, 0.25, 0.5, 1.0, 2.0]
    assert set(delays[10:]) == {backoff.LONGEST_DELAY}
    back_off.succeeded()
    assert back_off.failed() == 0.0


def test_a_worker_that_is_asked_once_is_not_asked_again_before_it_answers() -> None:
    ours, theirs = channel_pair()
    worker = Worker(1, 1001, ours, SHARE, 0.0)
    assert worker.silent_for(5.0) == 0.0
    worker.ping(5.0)
    worker.ping(6.0)
    assert worker.silent_for(7.0) == 2.0
    words = theirs.receive()
    assert words is not None
    assert [word.value for word in words] == ["ping"]
    worker.asked = None
    assert worker.silent_for(9.0) == 0.0
    assert str(worker) == "worker 1 [1001]"
    ours.close()
    theirs.close()
