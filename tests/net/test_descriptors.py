"""Whether there are file descriptors left, with a limit that is nearly reached."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from wsgate.net.descriptors import RESERVE, UNLIMITED, Descriptors

LIMIT = 512
STEP = RESERVE // 4


@pytest.fixture
def limited() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def open_all_but(count: int, stack: ExitStack) -> None:
    """Take every descriptor, and give back so many."""
    taken = []
    while True:
        try:
            taken.append(os.dup(0))
        except OSError:
            break
    for _ in range(count):
        os.close(taken.pop())
    for each in taken:
        stack.callback(os.close, each)


@pytest.mark.usefixtures("limited")
def test_they_are_scarce_where_the_reserve_is_touched() -> None:
    descriptors = Descriptors()
    assert descriptors.limit == LIMIT
    assert not descriptors.scarce(1, 0)
    with ExitStack() as stack:
        open_all_but(RESERVE - 1, stack)
        assert not descriptors.scarce(STEP, 0)  # not looked at: too few have come since
        assert descriptors.scarce(STEP + 1, 0)
        assert descriptors.scarce(STEP + 1, 0)
    assert not descriptors.scarce(STEP + 1, 0)
    with ExitStack() as stack:
        open_all_but(RESERVE, stack)
        assert not descriptors.scarce(2 * STEP + 1, 0)


@pytest.mark.usefixtures("limited")
def test_it_is_looked_at_again_where_some_have_left_and_others_come() -> None:
    descriptors = Descriptors()
    assert not descriptors.scarce(100, 0)
    assert not descriptors.scarce(10, 0)
    with ExitStack() as stack:
        open_all_but(0, stack)
        assert descriptors.scarce(10 + STEP, 0)


def test_there_may_be_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, 0))
    assert Descriptors().limit == UNLIMITED
