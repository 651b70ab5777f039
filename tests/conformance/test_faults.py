"""What the table of faults shows and what it calls missed."""

from __future__ import annotations

import asyncio
from math import inf
from pathlib import Path

import pytest

from conformance.faults import page, trial
from conformance.faults.catalogue import FAULTS
from conformance.faults.connections import Silent
from conformance.faults.fault import Fault
from conformance.faults.probe import Window, window
from conformance.faults.target import Target
from conformance.faults.trial import Outcome, watch_healthy
from tests.e2e.command import wsgate
from tests.e2e.places import Place

pytestmark = pytest.mark.once

FAULT = Silent()
GOOD = Outcome(value=10.1, quiet=1000, attacked=1400)


@pytest.mark.parametrize(
    ("outcome", "shown", "missed"),
    [
        pytest.param(GOOD, ("10", "1.40 (1.00 → 1.40)"), 0, id="good"),
        pytest.param(Outcome(inf), ("**never**", "-"), 1, id="never"),
        pytest.param(Outcome(11.5), ("**12**", "-"), 1, id="too-late"),
        pytest.param(Outcome(2.5), ("2.50", "-"), 0, id="not-measured"),
        pytest.param(Outcome(1, 1000, 1600), ("1", "**1.60 (1.00 → 1.60)**"), 1, id="they-notice"),
        pytest.param(
            Outcome(1, 1000, 900, lost=3),
            ("1", "**0.90 (1.00 → 0.90), 3 lost**"),
            1,
            id="they-are-lost",
        ),
        pytest.param(Outcome(why="refused"), ("refused", "-"), 1, id="no-value"),
    ],
)
def test_a_cell(outcome: Outcome, shown: tuple[str, str], missed: int) -> None:
    found = {FAULT.name: {"wsgate": outcome}}
    tables = page.render([FAULT], found).splitlines()
    cells = [line.split(" | ")[2] for line in tables if line.startswith(("| seconds", "| silent"))]
    assert tuple(cells) == shown
    assert len(page.missed([FAULT], found)) == missed


def test_what_was_not_measured_is_a_question() -> None:
    assert "| ? | ? | ? | ? | ? |" in page.render([FAULT], {})
    assert not page.missed([FAULT], {})


def test_outcomes_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "FOUND", tmp_path / "new" / "outcomes.json")
    assert page.load() == {}
    found = {FAULT.name: {"wsgate": GOOD, "daphne": Outcome(inf, why="failed: it ended")}}
    page.save(found)
    assert page.load() == found


def test_a_window() -> None:
    took = [number * 1000 for number in range(101)]
    assert window(took, 2) == Window(50, 99, 101, 2)
    assert window([], 0) == Window(0, 0, 0, 0)


@pytest.mark.once
@pytest.mark.parametrize("fault", [pytest.param(fault, id=fault.name) for fault in FAULTS])
def test_the_healthy_stay_where_it_is_put_on(
    fault: Fault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A short and small attack; how long messages take is the matter of `make faults-table`."""
    monkeypatch.setattr(trial, "FOLDER", tmp_path)
    monkeypatch.setattr(trial, "SECONDS", 0.6)
    monkeypatch.setattr(trial, "BEFORE", 0.1)
    monkeypatch.setattr(type(fault), "healthy", 5)
    monkeypatch.setattr(Silent, "count", 50)
    with wsgate("conformance.faults.application:app", "--no-access-log") as command:
        target = Target(command.process.pid, Place(command.address).port)
        windows = asyncio.run(watch_healthy(fault, target, 1))
    assert [len(each) for each in windows] == [1, 1]
    assert all(each[0].messages and not each[0].lost for each in windows)
