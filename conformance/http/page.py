"""The page with the verdicts: written by the command, and read again for the columns it keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from conformance.http.servers import REQUIREMENTS, ROOT, SERVERS
from conformance.http.suite import Verdicts
from conformance.http.vector import Force, Rule
from conformance.http.vectors import GROUPS, VECTORS
from conformance.http.verdict import deviates

PAGE = ROOT / "docs" / "conformance-http.md"

INTRODUCTION = """\
# Where the servers stand in HTTP/1.1

Written by `conformance/http/run --write-docs`; a change here would be lost.
[The suite](../conformance/http/README.md) sends each vector over a connection of its own, a correct
request behind it, and looks at the answers, at the end of the connection and at what the
application was given.

`pass` is the outcome that wsgate gives. `(200)` is another one that the standard allows, by the
status of the first answer. **Bold** is a deviation: the status that should not have been given;
`no answer` where the server still waited; `2 answers` where bytes behind a refused request were
served; `called` where the application was given what was refused; `merged` where a field reached it
that was none; `smuggled` where it was given a request out of another one's body, or from behind
a refused one.

By says what stands behind a vector: the section (of RFC 9112, where no other is named) and MUST or
SHOULD of the standard; its grammar, where the standard lets a server mend what it can; our own
policy, where a deviation of others is no fault of theirs.

The others as they come, in these versions, with no option but address and parser:
"""

FORCES = {
    Force.MUST: "MUST",
    Force.SHOULD: "SHOULD",
    Force.GRAMMAR: "grammar",
    Force.OWN: "own policy",
}

Columns = Mapping[str, Verdicts]
"""Verdicts by the name of the server."""


def render(columns: Columns) -> str:
    """Write the page; a verdict that is missing is a question mark."""
    groups = [_group(title, rules, columns) for title, rules in GROUPS.items()]
    return "\n".join([f"{INTRODUCTION}{_versions()}.", "", _summary(columns), *groups])


def read(page: Path) -> dict[str, Verdicts]:
    """Give the columns of the page, none where there is no page."""
    columns: dict[str, Verdicts] = {}
    header: list[str] = []
    for line in page.read_text(encoding="utf-8").splitlines() if page.exists() else ():
        if not line.startswith("| "):
            continue
        first, _, *cells = [cell.strip().strip("*") for cell in line.strip("|").split(" | ")]
        if first == "vector":
            header = cells
        elif header:
            for name, cell in zip(header, cells, strict=True):
                columns.setdefault(name, {})[first] = cell
    return columns


def _versions() -> str:
    shown = ("uvicorn", "httptools", "h11", "hypercorn", "granian", "daphne")
    pins = dict(line.split("==") for line in REQUIREMENTS.read_text().split())
    return ", ".join(f"{name} {pins[name]}" for name in shown)


def _summary(columns: Columns) -> str:
    """Count what passes or is allowed, by force."""
    rows = [
        "| " + " | ".join(["server", *FORCES.values()]) + " |",
        "|---" * (len(FORCES) + 1) + "|",
    ]
    for server in SERVERS:
        verdicts = columns.get(server.name, {})
        rows.append("| " + " | ".join([server.name, *_counts(verdicts)]) + " |")
    return "\n".join([*rows, ""])


def _counts(verdicts: Verdicts) -> Iterator[str]:
    for force in FORCES:
        ids = [vector.id for vector in VECTORS if vector.force is force]
        right = sum(not deviates(verdicts.get(each, "?")) for each in ids)
        yield f"{right} of {len(ids)}"


def _group(title: str, rules: tuple[Rule, ...], columns: Columns) -> str:
    """Write the rules of a group with their reasons, and a table of their vectors."""
    names = [server.name for server in SERVERS]
    reasons = [f"- {rule.id}, {_source(rule)}: {rule.why}" for rule in rules]
    lines = [f"## {title}", "", *reasons, ""]
    lines += [f"| vector | by | {' | '.join(names)} |", "|---" * (len(names) + 2) + "|"]
    for rule in rules:
        for vector in rule.vectors():
            cells = [_cell(columns.get(name, {}).get(vector.id, "?")) for name in names]
            lines.append("| " + " | ".join([vector.id, _source(rule), *cells]) + " |")
    return "\n".join([*lines, ""])


def _source(rule: Rule) -> str:
    return f"{rule.section} {FORCES[rule.force]}"


def _cell(verdict: str) -> str:
    return f"**{verdict}**" if deviates(verdict) else verdict
