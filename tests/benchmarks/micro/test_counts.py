"""What a count is worth beside the committed one."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.micro.callgrind import OtherFormError, played_as, total
from benchmarks.micro.cases import BY_NAME
from benchmarks.micro.counts import FOLDER, Change, Counts, compare, read, write

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("before", "now", "grown"),
    [
        pytest.param(1000, 1050, False, id="five-percent"),
        pytest.param(1000, 1051, True, id="over-five-percent"),
        pytest.param(1000, 500, False, id="shrunk"),
        pytest.param(None, 1, True, id="new"),
    ],
)
def test_a_count_may_grow_by_five_percent(before: int | None, now: int, grown: bool) -> None:
    change = Change("echo", before, now)
    assert change.grown is grown
    assert ("GROWN" in str(change) or "new" in str(change)) is grown


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    counts = Counts("a build", {"echo": 5, "send": 7})
    write(tmp_path / "counts.json", counts)
    assert read(tmp_path / "counts.json") == counts


def test_without_a_file_every_case_is_new(tmp_path: Path) -> None:
    committed = read(tmp_path / "none.json")
    assert compare(committed, {"echo": 5}) == [Change("echo", None, 5)]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: str(path.stem))
def test_the_committed_counts_are_of_all_cases(path: Path) -> None:
    assert list(read(path).cases) == list(BY_NAME)


def test_the_total_of_a_profile_is_its_last_line() -> None:
    assert total("version: 1\nsummary: 7\nfn=main\n3 5\n\ntotals: 42\n") == 42
    with pytest.raises(ValueError, match="no totals"):
        total("version: 1\n")


def test_what_ran_in_another_form_is_not_counted() -> None:
    report = '{"form": "plain", "played": {"echo": [7, 8]}}'
    assert played_as("plain", report) == {"echo": [7, 8]}
    with pytest.raises(OtherFormError, match="asked for compiled modules, but plain ones ran"):
        played_as("compiled", report)
