"""Put the faults on the servers from the command line; see README.md."""

from __future__ import annotations

import asyncio
import os
import resource
import sys

import click
import uvloop

from benchmarks.runner import FOLDER, cores
from benchmarks.servers import BY_NAME
from conformance.faults import page
from conformance.faults.catalogue import FAULTS
from conformance.faults.trial import Outcome, trial


@click.command()
@click.option(
    "--server",
    "servers",
    multiple=True,
    type=click.Choice(page.SERVERS),
    default=page.SERVERS,
    help="A server, may be repeated; all by default.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    type=click.Choice([fault.name for fault in FAULTS]),
    help="A fault, may be repeated; all by default.",
)
@click.option("--rounds", default=5, help="How often the healthy are watched; 0: not.")
@click.option("--write-docs", is_flag=True, help="Write docs/faults.md of all that was measured.")
def main(servers: tuple[str, ...], faults: tuple[str, ...], rounds: int, write_docs: bool) -> None:
    """Measure, print, and fail where wsgate misses a goal."""
    place = cores()
    os.sched_setaffinity(0, {place.load})
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    FOLDER.mkdir(parents=True, exist_ok=True)
    uvloop.install()
    found = page.load()
    for fault in FAULTS:
        for server in servers if not faults or fault.name in faults else ():
            outcome = asyncio.run(trial(BY_NAME[server], fault, place, rounds))
            found.setdefault(fault.name, {})[server] = outcome
            page.save(found)
            click.echo(f"{fault.name:12} {server:12} {_line(outcome)}")
    if write_docs:
        page.write(FAULTS, found)
    missed = page.missed(FAULTS, found) if "wsgate" in servers else []
    for sentence in missed:
        click.echo(sentence)
    sys.exit(bool(missed))


def _line(outcome: Outcome) -> str:
    value = "" if outcome.value is None else f"{outcome.value:,.2f}"
    p99 = f"p99 {outcome.quiet:,.0f} -> {outcome.attacked:,.0f} us, {outcome.ratio:.2f} times"
    return f"{value} {outcome.why}; {p99}; {outcome.lost} lost"


if __name__ == "__main__":
    main()
