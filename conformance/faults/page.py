"""docs/faults.md: what came out, by fault and server."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from math import isinf

from benchmarks.page import processor
from benchmarks.servers import ROOT, Environment
from conformance.faults.fault import Fault
from conformance.faults.trial import Outcome

PAGE = ROOT / "docs" / "faults.md"
FOUND = ROOT / "artefacts" / "faults" / "outcomes.json"
SERVERS = ("wsgate", "uvicorn", "hypercorn", "granian", "daphne")
OURS = "wsgate"

NOTICED = 1.5
"""How many times longer the messages of the healthy may take during an attack."""

INTRODUCTION = """\
# What faults cost wsgate, and others

Written by `make faults-table WRITE=1`; a change here would be lost.
[How it is measured](../conformance/faults/README.md): each fault on each server, just started, with
its default options, on a core of its own. Memory is what all processes of a server have in
anonymous pages, less what they had before; a peak is of their resident sets. The goals are those of
wsgate, and **bold** is what misses them.

"""

Outcomes = Mapping[str, Mapping[str, Outcome]]
"""By the names of fault and server."""


def render(faults: Sequence[Fault], found: Outcomes) -> str:
    """Write both tables."""
    held = [
        [fault.title, f"{fault.goal:g}", *(_value(fault, each) for each in _row(fault, found))]
        for fault in faults
    ]
    noticed = [[fault.name, f"{NOTICED}", *map(_ratio, _row(fault, found))] for fault in faults]
    return (
        "## What it takes\n\n"
        f"{_table(['fault', 'at most', *SERVERS], held)}\n"
        "## What the healthy notice\n\n"
        "How many times longer than without the attack, in the same run, messages of healthy\n"
        "websockets take while it goes on, at the 99th percentile; in parentheses that percentile\n"
        "without the attack and with it, in milliseconds.\n\n"
        f"{_table(['fault', 'at most', *SERVERS], noticed)}"
    )


def missed(faults: Iterable[Fault], found: Outcomes) -> list[str]:
    """Tell which goals wsgate misses, of those that were measured."""
    sentences = []
    for fault in faults:
        outcome = found.get(fault.name, {}).get(OURS)
        if outcome is None:
            continue
        if outcome.why or (outcome.value is not None and outcome.value > fault.goal):
            sentences.append(f"{fault.name}: {_value(fault, outcome)}, at most {fault.goal:g}")
        if outcome.ratio > NOTICED or outcome.lost:
            sentences.append(f"{fault.name}: the healthy notice: {_ratio(outcome)}")
    return sentences


def write(faults: Sequence[Fault], found: Outcomes) -> None:
    """Write the page."""
    about = f"Measured on {processor()}, the load average was {os.getloadavg()[0]:.1f} at the end."
    pins = dict(line.split("==") for line in Environment.PEERS.requirements.read_text().split())
    shown = ", ".join(f"{name} {pins[name]}" for name in SERVERS if name in pins)
    PAGE.write_text(f"{INTRODUCTION}{about}\nVersions: {shown}.\n\n{render(faults, found)}")


def save(found: Outcomes) -> None:
    """Keep all outcomes, for a page of several runs."""
    FOUND.parent.mkdir(parents=True, exist_ok=True)
    content = {
        fault: {server: asdict(outcome) for server, outcome in row.items()}
        for fault, row in found.items()
    }
    FOUND.write_text(json.dumps(content, indent=1) + "\n")


def load() -> dict[str, dict[str, Outcome]]:
    """Give what was kept."""
    content = json.loads(FOUND.read_text()) if FOUND.exists() else {}
    return {
        fault: {server: Outcome(**outcome) for server, outcome in row.items()}
        for fault, row in content.items()
    }


def _row(fault: Fault, found: Outcomes) -> list[Outcome | None]:
    return [found.get(fault.name, {}).get(server) for server in SERVERS]


def _value(fault: Fault, outcome: Outcome | None) -> str:
    if outcome is None:
        return "?"
    if outcome.value is None:
        return outcome.why
    shown = "never" if isinf(outcome.value) else f"{outcome.value:,.{_digits(outcome.value)}f}"
    return f"**{shown}**" if outcome.value > fault.goal else shown


def _digits(value: float) -> int:
    return 2 if abs(value) < 10 and value % 1 else 0


def _ratio(outcome: Outcome | None) -> str:
    if outcome is None or not outcome.ratio:
        return "-"
    times = f"({outcome.quiet / 1000:.2f} → {outcome.attacked / 1000:.2f})"
    shown = f"{outcome.ratio:.2f} {times}" + f", {outcome.lost} lost" * bool(outcome.lost)
    return f"**{shown}**" if outcome.ratio > NOTICED or outcome.lost else shown


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
