"""A server of the soak, its visitors, and what it has at a time."""

from __future__ import annotations

import asyncio
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import processes
from conformance.faults.peer import counts
from conformance.soak.visits import VISITS, Visit, WrongError
from tests.e2e.places import PATHS
from tests.e2e.process import Process

APPLICATION = "conformance.faults.application:app"

SETTINGS = Path(__file__).with_name("wsgate.toml")
WORKERS = 2
VISITORS = 25
"""Who visit a server at a time."""

PAUSE = 0.4
"""Seconds between two visits of one of them, on average."""

REPLACED_EVERY = 15.0
"""Seconds between two SIGHUP to a server with workers."""


@dataclass(frozen=True, slots=True)
class Sample:
    """at: seconds since the begin. memory: anonymous bytes of all processes of the server.

    descriptors: of all of them. The rest is of one process that serves, see `Counts`.
    """

    at: float
    memory: int
    processes: int
    descriptors: int
    tasks: int
    timers: int
    objects: int
    open: int


@dataclass(slots=True)
class Server:
    """visits: by what was done. wrong: what went wrong in these, in words."""

    name: str
    process: Process
    port: int
    has_workers: bool
    visits: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    samples: list[Sample] = field(default_factory=list)
    replaced: int = 0

    async def sample(self, since: float) -> Sample:
        """Look at it. Raises OSError while none of its processes answers."""
        found = await counts(self.port)
        family = [*processes.family(self.process.pid)]
        return Sample(
            time.monotonic() - since,
            processes.memory(self.process.pid),
            len(family),
            sum(map(processes.descriptors, family)),
            found.tasks,
            found.timers,
            found.objects,
            found.open,
        )

    async def watch(self, since: float, interval: float) -> None:
        """Look at it in each interval, for ever."""
        while True:
            await asyncio.sleep(interval)
            try:
                self.samples.append(await self.sample(since))
            except OSError as error:
                self._note(f"no sample: {type(error).__name__}")

    async def receive_visits(self) -> None:
        """Have visitors come and go, for ever."""
        await asyncio.gather(*(self._visit_again() for _ in range(VISITORS)))

    async def replace_workers(self) -> None:
        """Have its workers drained and replaced, for ever."""
        while True:
            await asyncio.sleep(REPLACED_EVERY)
            self.process.send(signal.SIGHUP)
            self.replaced += 1

    async def visit(self, visit: Visit) -> None:
        """Visit once; note what goes wrong."""
        name = getattr(visit, "__name__", "?")
        self.visits[name] += 1
        try:
            await visit(self.port)
        except WrongError as wrong:
            self._note(f"{name}: {wrong}")
        except OSError as error:
            self._note(f"{name}: {type(error).__name__}")

    async def _visit_again(self) -> None:
        while True:
            await asyncio.sleep(random.uniform(0, 2 * PAUSE))
            await self.visit(random.choice(VISITS))

    def _note(self, sentence: str) -> None:
        # A worker that is drained ends whatever it is in: 1012, or no answer at all.
        if not self.has_workers:
            self.wrong[sentence] += 1
            print(f"{self.name}: {sentence}", file=sys.stderr)


def start(wsgate: Sequence[str]) -> list[Server]:
    """Start both parsers, each in one process and with workers.

    wsgate: the command.
    """
    servers = []
    for name, path in PATHS.items():
        for workers in (1, WORKERS):
            options = (*path, "--port", "0", "--workers", str(workers), "--config", str(SETTINGS))
            process = Process([*wsgate, APPLICATION, *options])
            suffix = f", {workers} workers" if workers > 1 else ""
            servers.append(Server(name + suffix, process, 0, workers > 1))
    for server in servers:
        server.port = int(server.process.wait_for(r"running on http://\S+:(\d+)")[1])
    return servers
