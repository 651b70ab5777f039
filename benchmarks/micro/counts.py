"""The committed counts, a file for each Python version and form, and how new ones differ."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("counts")

ALLOWED = 0.05
"""How far a count may grow, as a part of what is committed."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Instructions a message by case, and the build of Python they are true for."""

    build: str
    cases: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Change:
    """A count beside the committed one, which is None for a new case."""

    name: str
    before: int | None
    now: int

    @property
    def grown(self) -> bool:
        """Whether it has to be looked at; a case without a count has."""
        return self.before is None or self.now > self.before * (1 + ALLOWED)

    def __str__(self) -> str:
        if self.before is None:
            return f"{self.name:28} {self.now:12,}  new"
        verdict = "  GROWN" if self.grown else ""
        return f"{self.name:28} {self.now:12,}  {self.now / self.before - 1:+7.1%}{verdict}"


def path_for(version: tuple[int, int], form: str) -> Path:
    """Give where the counts of a Python version and a form stand."""
    return FOLDER / f"{version[0]}.{version[1]}-{form}.json"


def read(path: Path) -> Counts:
    """Read committed counts; none where there is no file."""
    if not path.exists():
        return Counts("", {})
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return Counts(content["build"], content["instructions"])


def write(path: Path, counts: Counts) -> None:
    """Write counts to be committed."""
    content = {"build": counts.build, "instructions": dict(counts.cases)}
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def compare(committed: Counts, measured: Mapping[str, int]) -> list[Change]:
    """Put each measured count beside the committed one."""
    return [Change(name, committed.cases.get(name), now) for name, now in measured.items()]
