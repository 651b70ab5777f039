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


def count(cases: Iterable[Case]) -> dict[str, int]:
    """Give the instructions of one message by the name of the case.

    Raises CalledProcessError where a case fails, FileNotFoundError without valgrind.
    """
    chosen = list(cases)
    PROFILES.mkdir(parents=True, exist_ok=True)
    played = _run([case.name for case in chosen])
    counts = {case.name: _per_message(case, played[case.name]) for case in chosen}
    for rest in PROFILES.glob("process.*"):
        rest.unlink()
    return counts


def _run(names: list[str]) -> dict[str, list[int]]:
    command = [
        "valgrind",
        "--tool=callgrind",
        "--log-file=/dev/null",
        f"--callgrind-out-file={PROFILES}/process.%p",
        *(sys.executable, "-m", "benchmarks.micro.forks", *names),
    ]
    ended = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "0"},
        stdout=subprocess.PIPE,
        check=True,
        timeout=TIMEOUT,
    )
    played: dict[str, list[int]] = json.loads(ended.stdout)
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
