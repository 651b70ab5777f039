"""The verdict on a soak sees what grows and what does not come back; its visits are served."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.soak import visits
from conformance.soak.server import SETTINGS, Sample
from conformance.soak.verdict import COMES_BACK, faults, thirds
from conformance.soak.visits import VISITS, Visit, WrongError, expect
from tests.e2e.command import wsgate
from tests.e2e.places import PATHS, Place

pytestmark = pytest.mark.once

MB = 1_000_000
IDLE = Sample(0, 20 * MB, 1, 16, 5, 2, 1000, 0)
BUSY = Sample(1, 30 * MB, 1, 40, 30, 3, 2000, 20)


def test_flat_and_back() -> None:
    assert not faults(IDLE, [BUSY] * 10, IDLE)


def test_memory_that_grows() -> None:
    samples = [replace(BUSY, memory=BUSY.memory + number * MB) for number in range(10)]
    (found,) = faults(IDLE, samples, IDLE)
    assert found == "memory has grown from 32.5 MB to 38.5 MB"


def test_workers_that_are_replaced_take_more_for_a_while() -> None:
    """Also where that is how most samples of the last third found them."""
    replaced = replace(BUSY, memory=2 * BUSY.memory, processes=2)
    assert not faults(IDLE, [*[BUSY] * 20, *[replaced] * 9, BUSY, BUSY], IDLE)
    (found,) = faults(IDLE, [*[BUSY] * 20, *[replace(BUSY, memory=40 * MB), replaced] * 9], IDLE)
    assert found.startswith("memory has grown")


def test_an_allocator_that_warms_up() -> None:
    samples = [replace(BUSY, memory=20 * MB + min(number, 4) * 5 * MB) for number in range(20)]
    assert not faults(IDLE, samples, IDLE)


@pytest.mark.parametrize("name", COMES_BACK)
def test_what_does_not_come_back(name: str) -> None:
    was: int = getattr(IDLE, name)
    (found,) = faults(IDLE, [BUSY] * 10, replace(IDLE, **{name: was + 1}))
    assert found == f"{name}: {was + 1} at rest, {was} when idle"


def test_thirds_of_few_samples() -> None:
    assert thirds([IDLE, BUSY], lambda sample: sample.open) == (0, 20)


def test_what_is_wrong_is_told() -> None:
    with pytest.raises(WrongError, match="1 came instead of 2"):
        expect(1, 2)


@pytest.mark.once
@pytest.mark.parametrize("path", PATHS)
def test_the_visits_are_served(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shorter = SETTINGS.read_text().replace(" = 5", " = 1").replace("interval = 3", "interval = 0.3")
    settings = tmp_path / "wsgate.toml"
    settings.write_text(shorter)
    monkeypatch.setattr(visits, "DEAF_FOR", 5.0)
    options = (*PATHS[path], "--config", str(settings))

    async def visit_once(port: int, *acts: Visit) -> None:
        await asyncio.gather(*(act(port) for act in acts))

    with wsgate("conformance.faults.application:app", *options) as command:
        asyncio.run(visit_once(Place(command.address).port, *VISITS))
