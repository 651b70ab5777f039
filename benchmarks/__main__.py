"""Measure from the command line; see README.md."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import click

from benchmarks import page, servers, workloads
from benchmarks.runner import FOLDER, Bench, Sample, rounds
from benchmarks.servers import Server
from benchmarks.tables import render
from benchmarks.workloads import Workload

SAMPLES = FOLDER / "samples.json"
Row = TypeVar("Row")


def chosen(table: Mapping[str, Row], names: str) -> list[Row]:
    """Give the rows that are named, all where none is; raises BadParameter for an unknown one."""
    unknown = [name for name in names.split() if name not in table]
    if unknown:
        raise click.BadParameter(f"{' '.join(unknown)}: not one of {', '.join(table)}")
    return [table[name] for name in names.split() or table]


@click.command()
@click.option("--rounds", "count", default=3, help="How often each is measured.")
@click.option("--seconds", default=2.0, help="For how long.")
@click.option("--workloads", "loads", default="", help="Names of workloads; all by default.")
@click.option("--servers", "names", default="", help="Names of servers; all by default.")
@click.option("--write-docs", is_flag=True, help="Write docs/benchmarks.md and its plot.")
@click.option("--again", type=click.Path(exists=True), help="Measure nothing: samples as JSON.")
def main(
    count: int, seconds: float, loads: str, names: str, write_docs: bool, again: str | None
) -> None:
    """Measure servers in rounds, and print tables."""
    if again:
        samples, about = page.load(Path(again))
    else:
        about = page.machine(count, seconds)
        samples = _measure(
            count,
            seconds,
            chosen(workloads.BY_NAME, loads),
            chosen(servers.BY_NAME, names),
        )
        page.save(samples, about, SAMPLES)
    click.echo(render(samples))
    if write_docs:
        from benchmarks.plot import draw  # matplotlib is needed for nothing else

        page.write(samples, about)
        draw(samples, page.PLOT)


def _measure(
    count: int, seconds: float, loads: list[Workload], peers: list[Server]
) -> list[Sample]:
    samples = []
    for sample in rounds(count, loads, peers, Bench(seconds).measure):
        samples.append(sample)
        outcome = sample.error or f"{sample.value:,.1f}"
        click.echo(f"{sample.workload:16} {sample.server:18} {outcome}", err=True)
    return samples


if __name__ == "__main__":
    main()
