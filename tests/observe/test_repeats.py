"""What one peer does wrong fills no log, and nothing of it is lost without a word."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from wsgate.observe.repeats import HELD, WINDOW, Repeats

MOST = 3
CLIENT = "192.0.2.1:5000"


class More(NamedTuple):
    client: str
    kind: str
    lines: int
    seconds: float


class Timer:
    """A timer that is set."""

    def __init__(self, at: float, call: Callable[[], None]) -> None:
        self.at = at
        self.call = call
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class Scene:
    """Repeats with a clock that is set by hand, and, where it is to be so, timers."""

    def __init__(self, most: int = MOST, timers: bool = True) -> None:
        self.told: list[More] = []
        self.time = 1000.0
        self.timers: list[Timer] = []
        self.repeats = Repeats(most, self._tell, self._later if timers else None, lambda: self.time)

    def come(self, count: int, client: str = CLIENT, kind: str = "refused 400") -> int:
        """Give how many of so many lines are written."""
        return sum(self.repeats.passes(client, kind) for _ in range(count))

    def wait(self, seconds: float) -> None:
        self.time += seconds
        due = [each for each in self.timers if each.at <= self.time and not each.cancelled]
        for each in due:
            self.timers.remove(each)
            each.call()

    def _tell(self, client: str, kind: str, count: int, seconds: float) -> None:
        self.told.append(More(client, kind, count, seconds))

    def _later(self, seconds: float, call: Callable[[], None]) -> Timer:
        self.timers.append(Timer(self.time + seconds, call))
        return self.timers[-1]


def test_few_are_written_as_they_come() -> None:
    scene = Scene()
    for _ in range(5):
        assert scene.come(MOST) == MOST
        scene.wait(WINDOW)
    assert not scene.told
    assert not scene.timers


def test_many_are_counted() -> None:
    scene = Scene()
    assert scene.come(100) == MOST
    scene.wait(WINDOW / 2)
    assert scene.come(100) == 0
    assert not scene.told
    scene.wait(WINDOW / 2)
    assert scene.told == [More("192.0.2.1", "refused 400", 200 - MOST, WINDOW)]
    assert scene.come(1) == 1


def test_peers_and_kinds_are_told_apart() -> None:
    scene = Scene()
    assert scene.come(MOST + 1) == MOST
    assert scene.come(1, kind="too_big") == 1
    assert scene.come(1, "192.0.2.2:5000") == 1
    assert scene.come(1, "192.0.2.1:6000") == 0
    assert scene.come(MOST + 1, "unix") == MOST
    assert scene.come(MOST + 1, "[2001:db8::1]:5000") == MOST
    assert scene.come(1, "[2001:db8::1]:6000") == 0
    scene.wait(WINDOW)
    assert [(each.client, each.lines) for each in scene.told] == [
        ("192.0.2.1", 2),
        ("unix", 1),
        ("[2001:db8::1]", 2),
    ]


def test_each_has_a_window_of_its_own() -> None:
    scene = Scene()
    scene.come(MOST + 1)
    scene.wait(WINDOW - 1)
    scene.come(MOST + 2, "unix")
    scene.wait(1)
    assert [each.client for each in scene.told] == ["192.0.2.1"]
    scene.wait(WINDOW - 1)
    assert [each.client for each in scene.told] == ["192.0.2.1", "unix"]
    assert not scene.timers


def test_without_a_timer_it_is_told_with_the_next_line() -> None:
    scene = Scene(timers=False)
    scene.come(MOST + 1)
    scene.wait(WINDOW + 5)
    assert not scene.told
    assert scene.come(1, "unix") == 1
    assert scene.told == [More("192.0.2.1", "refused 400", 1, WINDOW + 5)]


def test_the_end_tells_what_is_left() -> None:
    scene = Scene()
    scene.come(MOST + 1)
    scene.wait(1)
    scene.repeats.close()
    assert scene.told == [More("192.0.2.1", "refused 400", 1, 1.0)]
    assert [each.cancelled for each in scene.timers] == [True]
    scene.repeats.close()
    assert len(scene.told) == 1


def test_many_addresses_fill_no_memory() -> None:
    scene = Scene()
    scene.come(MOST + 1)
    for number in range(HELD):
        assert scene.come(1, f"10.0.{number >> 8}.{number & 255}:5000") == 1
    assert scene.told == [More("192.0.2.1", "refused 400", 1, 0.0)]
    scene.wait(WINDOW)
    assert not scene.timers


@pytest.mark.parametrize("count", [1, 1000])
def test_there_may_be_no_bound(count: int) -> None:
    scene = Scene(most=0)
    assert scene.come(count) == count
    assert not scene.timers
