"""Run the soak from the command line; see README.md."""

from __future__ import annotations

import asyncio
import re
import resource
import sys
import time
from pathlib import Path

import click
import uvloop

from conformance.soak import page, plot
from conformance.soak.server import Sample, Server, start
from conformance.soak.verdict import faults
from conformance.soak.visits import VISITS

ROOT = Path(__file__).resolve().parents[2]
ARTEFACTS, DOCS = ROOT / "artefacts" / "soak", ROOT / "docs"

SAMPLES = 360
"""Looks at a server, a second apart at least."""

REST = 20.0
"""Seconds in which all times of a server pass: its last peer is gone, and its memory given back."""


@click.command()
@click.option("--minutes", default=60.0, help="How long visitors come.")
@click.option("--wsgate", help="The command that is served with; without it, this tree's.")
@click.option("--write-docs", is_flag=True, help="Write docs/soak.md and its plot.")
def main(minutes: float, wsgate: str | None, write_docs: bool) -> None:
    """Let visitors come and go, print what became of it, and fail where anything has grown."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    uvloop.install()
    command = [wsgate] if wsgate else [sys.executable, "-m", "wsgate"]
    servers = start(command)
    try:
        ends = asyncio.run(soak(servers, minutes * 60))
    finally:
        for server in servers:
            server.process.let_go()
    results = [
        page.Result(server, idle, rest, _judge(server, idle, rest))
        for server, (idle, rest) in zip(servers, ends, strict=True)
    ]
    summary = page.render(results, minutes, page.version(command))
    folder = DOCS if write_docs else ARTEFACTS
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "soak.md").write_text(page.INTRODUCTION + summary)
    plot.draw(servers, folder / "soak.svg")
    click.echo(f"{summary}\nwritten to {folder / 'soak.md'}")
    sys.exit(any(result.faults for result in results))


async def soak(servers: list[Server], seconds: float) -> list[tuple[Sample, Sample]]:
    """Watch servers under visits for so long; give what each had before, and has at rest."""
    for server in servers:
        await asyncio.gather(*map(server.visit, VISITS))
    idle = await _rest(servers)
    begin = time.monotonic()
    interval = max(1.0, seconds / SAMPLES)
    activities = [
        asyncio.ensure_future(activity)
        for server in servers
        for activity in (
            server.receive_visits(),
            server.watch(begin, interval),
            *([server.replace_workers()] if server.has_workers else []),
        )
    ]
    done, _ = await asyncio.wait(activities, timeout=seconds)
    for activity in activities:
        activity.cancel()
    await asyncio.wait(activities)
    for activity in done:
        activity.result()
    return list(zip(idle, await _rest(servers), strict=True))


async def _rest(servers: list[Server]) -> list[Sample]:
    await asyncio.sleep(REST)
    return [await server.sample(time.monotonic()) for server in servers]


def _judge(server: Server, idle: Sample, rest: Sample) -> list[str]:
    found = faults(idle, server.samples, rest)
    found += [f"{times} times {sentence}" for sentence, times in server.wrong.items()]
    errors = re.findall(r"^(?:ERROR|CRITICAL):.*", server.process.log, re.MULTILINE)
    return found + [f"logged: {line}" for line in errors[:1]]


if __name__ == "__main__":
    main()
