"""One server at a time under one load at a time, each on a core of its own, in rounds."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from benchmarks import processes
from benchmarks.generator import FOLDER, LoadError, held, load
from benchmarks.servers import ROOT, Environment, Kind, Server
from benchmarks.workloads import Measure, Workload
from conformance.http.servers import await_start, free_port, install

PATIENCE = 10
"""Seconds that a server has to end."""

SETTLE = 1.0
"""Seconds from the last message of idle connections until their memory is looked at."""

COUNTED_FROM = 64
"""Connections that a server has served before its memory is looked at for the first time."""


@dataclass(frozen=True, slots=True)
class Sample:
    """An outcome. p50, p99: microseconds. load_cpu, server_cpu: parts of a core.

    error: why there is no outcome.
    """

    workload: str
    server: str
    value: float = 0
    p50: float = 0
    p99: float = 0
    load_cpu: float = 0
    server_cpu: float = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class Cores:
    """Which core of the machine is whose."""

    server: int
    load: int


def cores() -> Cores:
    """Take two of those we may run on. Raises RuntimeError where there is but one."""
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        raise RuntimeError("a core for the server and one for the load are needed")
    return Cores(allowed[0], allowed[1])


def rounds(
    count: int,
    workloads: Iterable[Workload],
    servers: Sequence[Server],
    measure_one: Callable[[Workload, Server], Sample],
) -> Iterator[Sample]:
    """Measure each workload on each server in each round; who begins changes by the round."""
    for each_round in range(count):
        for workload in workloads:
            suited = [server for server in servers if workload.suits(server)]
            first = each_round % len(suited) if suited else 0
            for server in suited[first:] + suited[:first]:
                yield measure_one(workload, server)


def measure(workload: Workload, server: Server, seconds: float) -> Sample:
    """Start a server, and take one sample; what goes wrong stands in it."""
    own, seconds = cores(), max(seconds, workload.at_least)
    sample = Sample(workload.name, server.name)
    try:
        with running(server, workload, own.server) as (process, port):
            if workload.measure is Measure.RATE:
                return _rate(sample, workload, server, process, port, seconds, own)
            return _idle(sample, workload, process, port, seconds, own)
    except (LoadError, RuntimeError, FileNotFoundError) as error:
        return replace(sample, error=str(error))


def _rate(
    sample: Sample,
    workload: Workload,
    server: Server,
    process: int,
    port: int,
    seconds: float,
    own: Cores,
) -> Sample:
    mode = "raw" if server.kind is Kind.LIMIT else workload.mode
    start, used = time.monotonic(), processes.cpu_seconds(process)
    report = load(workload, mode, port, seconds, own.load)
    took, used = time.monotonic() - start, processes.cpu_seconds(process) - used
    return replace(
        sample,
        value=report["rate"],
        p50=report["p50"],
        p99=report["p99"],
        load_cpu=report["cpu"],
        server_cpu=used / took,
    )


def _idle(
    sample: Sample, workload: Workload, process: int, port: int, seconds: float, own: Cores
) -> Sample:
    few = replace(workload, connections=COUNTED_FROM)
    with held(few, port, own.load):
        time.sleep(SETTLE)
    before = processes.memory(process)
    with held(workload, port, own.load):
        time.sleep(SETTLE)
        held_bytes = processes.memory(process) - before
        used = processes.cpu_seconds(process)
        if workload.measure is Measure.MEMORY:
            return replace(sample, value=held_bytes / workload.connections)
        time.sleep(seconds)
        used = processes.cpu_seconds(process) - used
    return replace(sample, value=100 * used / seconds, server_cpu=used / seconds)


@contextlib.contextmanager
def running(server: Server, workload: Workload, core: int) -> Iterator[tuple[int, int]]:
    """Run a server on a core; give process and port. Raises as `Server.line`, and RuntimeError."""
    if server.environment and (why := obstacle(server.environment)):
        raise RuntimeError(why)
    port = free_port()
    command = server.line(workload.application, port, compress=workload.compress)
    log = FOLDER / f"{server.name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["taskset", "-c", str(core), *command],
            cwd=ROOT,
            env={**os.environ, **server.variables},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        await_start(process, port, log)
        yield process.pid, port
    finally:
        _end(process)


@cache
def obstacle(environment: Environment) -> str:
    """Install what servers need, once; give why that fails, nothing where it does not."""
    try:
        install(environment.folder, environment.requirements)
    except subprocess.CalledProcessError:
        return f"pip cannot install {environment.value} on this machine"
    return ""


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask the server to end, then make all of its processes."""
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        pass
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
