"""What became of a server: flat, and back where it began, or not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median

from conformance.soak.server import Sample

WARM_UP = 0.2
"""The part of the time in which an allocator finds out what it needs."""

GROWTH = 1.05
"""How many times more memory may be in use at the end, beside the allowance."""

ALLOWANCE = 2 << 20
"""Bytes; the size of a connection's largest message and its answer come and go."""

COMES_BACK = ("processes", "descriptors", "tasks", "timers", "open")
"""What has to be at rest what it was when idle, exactly."""


def thirds(samples: Sequence[Sample], value: Callable[[Sample], float]) -> tuple[float, float]:
    """Give the medians of the first third behind the warm-up and of the last one.

    While workers are replaced, two of them have the memory of each: with what is there for as many
    processes as at the least, nothing of that is compared.
    """
    least = min(sample.processes for sample in samples)
    warm = [sample for sample in samples if sample.processes == least]
    warm = warm[int(len(warm) * WARM_UP) :]
    third = max(1, len(warm) // 3)
    return median(map(value, warm[:third])), median(map(value, warm[-third:]))


def faults(idle: Sample, samples: Sequence[Sample], rest: Sample) -> list[str]:
    """Tell what has grown and what has not come back; nothing is best."""
    found = []
    first, last = thirds(samples, lambda sample: sample.memory)
    if last > first * GROWTH + ALLOWANCE:
        found.append(f"memory has grown from {first / 1e6:.1f} MB to {last / 1e6:.1f} MB")
    for name in COMES_BACK:
        was, now = getattr(idle, name), getattr(rest, name)
        if now != was:
            found.append(f"{name}: {now} at rest, {was} when idle")
    return found
