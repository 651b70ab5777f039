"""Count instructions with valgrind's callgrind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from benchmarks.micro.cases import Case

ROOT = Path(__file__).resolve().parents[2]
PROFILES = ROOT / "artefacts" / "micro"
"""What callgrind wrote, CASE.out for each: `callgrind_annotate` reads it."""

TIMEOUT = 1200
"""Seconds for all cases."""


class OtherFormError(Exception):
    """The modules that ran are not of the form that was asked for."""


def count(cases: Iterable[Case], form: str) -> dict[str, int]:
    """Give the instructions of one message by the name of the case.

    `form`: "compiled" or "plain", what the modules have to be. Raises OtherFormError where they
    are not, CalledProcessError where a case fails, FileNotFoundError without valgrind.
    """
    chosen = list(cases)
    PROFILES.mkdir(parents=True, exist_ok=True)
    played = played_as(form, _run([case.name for case in chosen]))
    counts = {case.name: _per_message(case, played[case.name]) for case in chosen}
    for rest in PROFILES.glob("process.*"):
        rest.unlink()
    return counts


def _run(names: list[str]) -> str:
    command = [
        "valgrind",
        "--tool=callgrind",
        "--log-file=/dev/null",
        f"--callgrind-out-file={PROFILES}/process.%p",
        *(sys.executable, "-m", "benchmarks.micro.forks", *names),
    ]
    ended = subprocess.run(
        command,
        env={**os.environ, "PYTHONHASHSEED": "0"},
        stdout=subprocess.PIPE,
        check=True,
        timeout=TIMEOUT,
        text=True,
    )
    return ended.stdout


def played_as(form: str, report: str) -> dict[str, list[int]]:
    """Give the processes by case, out of what `forks` printed. Raises OtherFormError."""
    content = json.loads(report)
    if content["form"] != form:
        raise OtherFormError(f"asked for {form} modules, but {content['form']} ones ran")
    played: dict[str, list[int]] = content["played"]
    return played


def _per_message(case: Case, processes: list[int]) -> int:
    """Take the difference of both runs, and keep the profile of the longer."""
    once, twice = (PROFILES / f"process.{process}" for process in processes)
    more = total(twice.read_text()) - total(once.read_text())
    once.unlink()
    twice.rename(PROFILES / f"{case.name}.out")
    return more // (case.messages * case.in_flight)


def total(profile: str) -> int:
    """Give the instructions of a whole run, out of what callgrind wrote."""
    for line in reversed(profile.splitlines()):
        if line.startswith("totals:"):
            return int(line.split()[1])
    raise ValueError("the profile has no totals")
