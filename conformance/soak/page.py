"""The summary: what each server had, when idle, in between and at rest."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from operator import attrgetter

from benchmarks.page import processor
from benchmarks.servers import ROOT
from conformance.soak.server import Sample, Server
from conformance.soak.verdict import thirds

INTRODUCTION = """\
# An hour of churn

Written by `make soak WRITE=1`; a change here would be lost. [What is done][soak]: the real command,
on each parser, in one process and with workers that are drained and replaced all the time, while
visitors connect, talk, leave by RST in every state, read slowly, send bombs, floods of fragments,
violations and half heads, with compression and without.

[soak]: ../conformance/soak/README.md

![Memory, file descriptors, tasks, timers and open websockets over time](soak.svg)

"""


@dataclass(frozen=True, slots=True)
class Result:
    """A server, before, during and behind the visits. faults: what is wrong with it."""

    server: Server
    idle: Sample
    rest: Sample
    faults: list[str]


def version(wsgate: Sequence[str]) -> str:
    """Ask the command what it is."""
    asked = [*wsgate, "--version"]
    return subprocess.run(asked, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def render(results: Sequence[Result], minutes: float, version: str) -> str:
    """Write the summary."""
    visits: Counter[str] = sum((result.server.visits for result in results), Counter())
    replaced = sum(result.server.replaced for result in results)
    listed = ", ".join(f"{name} {times:,}" for name, times in sorted(visits.items()))
    parts = [
        f"{minutes:g} minutes on {processor()}: {visits.total():,} visits ({listed}), "
        f"{replaced} drains by SIGHUP.\n",
        version,
    ]
    for result in results:
        verdict = "; ".join(result.faults) or "flat, and back where it began"
        parts.append(f"## {result.server.name}: {verdict}\n\n{_table(result)}")
    return "\n".join(parts)


def _table(result: Result) -> str:
    samples = result.server.samples
    lines = ["| | idle | first third | last third | most | at rest |\n|---|---|---|---|---|---|\n"]
    for name in [each.name for each in fields(Sample) if each.name != "at"]:
        value = attrgetter(name)
        most = max(map(value, samples))
        cells = [value(result.idle), *thirds(samples, value), most, value(result.rest)]
        lines.append(f"| {name} | {' | '.join(f'{cell:,.0f}' for cell in cells)} |\n")
    return "".join(lines)
