"""Free memory is given back when less of it is in use, and seldom."""

from __future__ import annotations

import ctypes
import platform
import subprocess
import sys
from typing import Any

import pytest

from tests.net.skipping import START, SkippingLoop
from wsgate.net import trimmer
from wsgate.net.clock import TICK, Clock
from wsgate.net.trimmer import ENOUGH, PAUSE, Trimmer, trim

TRIM = """
from wsgate.net.trimmer import trim
pairs = [(bytes(20_000), bytes(1000)) for _ in range(1000)]
kept = [small for _, small in pairs]
del pairs
print(trim())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has malloc_trim()")
def test_free_pages_between_blocks_in_use_are_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", TRIM], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_it_is_not_asked_where_it_cannot_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    assert trim() is False


MOST = 10 * ENOUGH


@pytest.fixture
def trims(monkeypatch: pytest.MonkeyPatch, loop: SkippingLoop) -> list[float]:
    """When memory was given back, in seconds from the start."""
    times = list[float]()
    monkeypatch.setattr(trimmer, "trim", lambda: times.append(loop.time() - START))
    return times


def close_to(moment: float) -> Any:
    return pytest.approx(moment, abs=TICK + 1e-6)


@pytest.mark.parametrize(
    ("amounts", "count"),
    [
        pytest.param([MOST], 0, id="only-more"),
        pytest.param([MOST, MOST - ENOUGH + 1], 0, id="less-than-enough"),
        pytest.param([MOST, MOST - ENOUGH], 1, id="enough"),
        pytest.param([MOST, MOST - ENOUGH // 2, MOST - ENOUGH], 1, id="enough-in-two"),
        pytest.param([MOST, MOST - 5, MOST, MOST - ENOUGH + 1], 0, id="taken-again"),
        pytest.param([MOST, MOST // 2, MOST // 3, 0], 1, id="much-at-once"),
        pytest.param([ENOUGH - 1, 0, ENOUGH - 1, 0], 0, id="up-and-down"),
    ],
)
def test_memory_is_given_back_where_less_is_in_use(
    loop: SkippingLoop, clock: Clock, trims: list[float], amounts: list[int], count: int
) -> None:
    trimming = Trimmer(clock)
    for amount in amounts:
        trimming.watch(amount)
    loop.run_until(START + 5 * PAUSE)
    assert trims == [close_to(PAUSE)] * count


def test_a_fall_is_counted_from_the_last_time(
    loop: SkippingLoop, clock: Clock, trims: list[float]
) -> None:
    trimming = Trimmer(clock)
    trimming.watch(MOST)
    trimming.watch(MOST // 2)
    loop.run_until(START + 2 * PAUSE)
    trimming.watch(MOST // 2 - ENOUGH + 1)
    loop.run_until(START + 4 * PAUSE)
    assert trims == [close_to(PAUSE)]
    trimming.watch(MOST // 2 - ENOUGH)
    loop.run_until(START + 6 * PAUSE)
    assert trims == [close_to(PAUSE), close_to(5 * PAUSE)]
