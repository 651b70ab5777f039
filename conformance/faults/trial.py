"""A fault on a server: the number, and what the healthy notice in the same run."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from statistics import median

from benchmarks.runner import FOLDER, Cores, running
from benchmarks.servers import ROOT, Server
from benchmarks.workloads import Workload
from conformance.faults.fault import Fault, ImmuneError
from conformance.faults.probe import Window
from conformance.faults.target import Target

SERVED = Workload("faults", "", 0, application="conformance.faults.application:app", compress=True)

SECONDS = 2.0
"""How long the healthy are watched at a time, with the fault and without it in turn."""

BEFORE = 0.5
"""Seconds for a fault to begin, and to be over."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """value: the fault's own number, infinite where there is no end to it; None without one.

    quiet, attacked: p99 of the healthy in microseconds, medians of the rounds. lost: how many of
    them the server has ended. why: there is no value.
    """

    value: float | None = None
    quiet: float = 0
    attacked: float = 0
    lost: int = 0
    why: str = ""

    @property
    def ratio(self) -> float:
        """How many times longer messages take during the attack; 0 where that is unknown."""
        return self.attacked / self.quiet if self.quiet else 0


async def trial(server: Server, fault: Fault, cores: Cores, rounds: int) -> Outcome:
    """Put a fault on servers that were just started: for the number, and for the healthy.

    rounds: how often these are watched; they are not there at all without one.
    """
    value, why = None, ""
    try:
        try:
            value = await _value(server, fault, cores)
        except ImmuneError as immune:
            return Outcome(why=str(immune))
        except OSError as error:
            why = f"failed: {error}"
        if not rounds:
            return Outcome(value, why=why)
        with running(server, SERVED, cores.server) as (process, port):
            quiet, attacked = await watch_healthy(fault, Target(process, port), rounds)
    except (RuntimeError, FileNotFoundError) as error:
        return Outcome(value, why=f"failed: {error}")
    return Outcome(
        value,
        median(window.p99 for window in quiet),
        median(window.p99 for window in attacked),
        max(window.lost for window in attacked),
        why,
    )


async def _value(server: Server, fault: Fault, cores: Cores) -> float:
    values = []
    for _ in range(fault.servers):
        with running(server, SERVED, cores.server) as (process, port):
            values.append(await fault.measure(Target(process, port)))
    return median(values)


async def watch_healthy(
    fault: Fault, target: Target, rounds: int
) -> tuple[list[Window], list[Window]]:
    """Watch the healthy without the fault and with it, in turn."""
    quiet, attacked = [], []
    async with _healthy(fault, target) as healthy:
        for _ in range(rounds):
            quiet.append(await healthy.watch(SECONDS))
            attack = asyncio.ensure_future(fault.disturb(target))
            await asyncio.sleep(BEFORE)
            attacked.append(await healthy.watch(SECONDS))
            attack.cancel()
            await asyncio.wait({attack})
            await asyncio.sleep(BEFORE)
    return quiet, attacked


class Healthy:
    """The program with the healthy websockets."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._stdin, self._stdout = process.stdin, process.stdout

    async def watch(self, seconds: float) -> Window:
        """Give what they notice from now on, for so many seconds."""
        await self._ask()
        await asyncio.sleep(seconds)
        return await self._ask()

    async def _ask(self) -> Window:
        self._stdin.write(b"\n")
        return Window(**json.loads(await self._stdout.readline()))


@contextlib.asynccontextmanager
async def _healthy(fault: Fault, target: Target) -> AsyncIterator[Healthy]:
    """Run it; raises RuntimeError where they are not served."""
    command = [sys.executable, "-m", "conformance.faults.probe"]
    with (FOLDER / "probe.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command,
            str(target.port),
            fault.path,
            str(fault.healthy),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
        assert process.stdout is not None
        try:
            if not await process.stdout.readline():
                raise RuntimeError("the healthy are not served")
            yield Healthy(process)
        finally:
            process.kill()
            await process.wait()
