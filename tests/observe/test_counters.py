"""Counts by name."""

from __future__ import annotations

from wsgate.observe.counters import Counters


def test_what_has_happened_is_counted() -> None:
    counters = Counters()
    assert counters.snapshot() == {}
    counters.count("lost")
    counters.count("peer")
    counters.count("lost")
    snapshot = counters.snapshot()
    assert snapshot == {"lost": 2, "peer": 1}
    counters.count("lost")
    assert snapshot["lost"] == 2
