"""docs/benchmarks.md: what was measured, where, and how to measure it again."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.runner import Sample
from benchmarks.servers import ROOT, Environment
from benchmarks.tables import render

PAGE = ROOT / "docs" / "benchmarks.md"
PLOT = PAGE.with_suffix(".svg")

INTRODUCTION = """\
# How fast wsgate is, and others

Written by `make bench WRITE=1`; a change here would be lost. [The method][method] in short: one
core for the server, one for a load generator that checks every byte, each measurement on a server
that was just started, all servers in turn, and that in rounds. What stands is the median of the
rounds; where the ranges of two servers overlap, their order says nothing. Echo 64 × 16 × 32 B is 64
connections with 16 messages on their way on each.

[method]: ../benchmarks/README.md

![The medians as bars](benchmarks.svg)

"""


def processor() -> str:
    """Give the model of this machine's."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return "an unknown processor"


def machine(rounds: int, seconds: float) -> str:
    """Tell where and how long was measured."""
    return (
        f"Measured on {processor()}, {platform.system()} {platform.release()}, Python "
        f"{platform.python_version()}, in {rounds} rounds of {seconds:g} s each; "
        f"the load average was {os.getloadavg()[0]:.1f} when it began."
    )


def versions() -> str:
    """Tell which servers these are."""
    lines = [line for each in Environment for line in each.requirements.read_text().split()]
    return f"Versions: {', '.join(sorted({*lines})).replace('==', ' ')}."


def write(samples: Sequence[Sample], about: str) -> None:
    """Write the page. about: where it was measured."""
    PAGE.write_text(f"{INTRODUCTION}{about}\n\n{versions()}\n\n{render(samples)}", encoding="utf-8")


def save(samples: Iterable[Sample], about: str, path: Path) -> None:
    """Write every sample as JSON."""
    content = {"about": about, "samples": [asdict(sample) for sample in samples]}
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def load(path: Path) -> tuple[list[Sample], str]:
    """Read samples again, and where they were measured."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return [Sample(**sample) for sample in content["samples"]], content["about"]
