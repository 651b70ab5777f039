"""Every case carries what it says, or its count would be of something else."""

from __future__ import annotations

import pytest

from benchmarks.micro.cases import CASES, Case
from benchmarks.micro.drive import drive

pytestmark = pytest.mark.once


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.name))
@pytest.mark.parametrize("messages", [1, 2])
def test_it_carries_its_messages_and_idles_in_the_other_turns(case: Case, messages: int) -> None:
    drive(case, messages, turns=3)


def test_the_names_tell_the_cases_apart() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
