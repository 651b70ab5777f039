"""One server at a time under one load at a time, each on a core of its own, in rounds."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from benchmarks import processes
from benchmarks.generator import Generator, LoadError
from benchmarks.servers import BY_NAME, ROOT, Environment, Kind, Server
from benchmarks.workloads import Measure, Workload
from conformance.http.exchange import HOST
from conformance.http.servers import await_start, install

FOLDER = ROOT / "artefacts" / "benchmarks"

WHEEL = ROOT / ".venv" / f"{sys.version_info[0]}.{sys.version_info[1]}" / "wheel" / "dist"
"""What `make wheel` has built for this Python."""

PORTS = range(20_000, 30_000)

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


class Bench:
    """Both cores, and the generator on its own. seconds: that a sample takes, or more."""

    def __init__(self, seconds: float) -> None:
        self._cores = cores()
        self._seconds = seconds
        self._generator = Generator(FOLDER, self._cores.load)

    def measure(self, workload: Workload, server: Server) -> Sample:
        """Start a server, and take one sample; what goes wrong stands in it."""
        sample = Sample(workload.name, server.name)
        take = self._rate if workload.measure is Measure.RATE else self._idle
        try:
            with running(server, workload, self._cores.server) as (process, port):
                return take(sample, workload, process, port)
        except (LoadError, RuntimeError, FileNotFoundError) as error:
            return replace(sample, error=str(error))

    def _rate(self, sample: Sample, workload: Workload, process: int, port: int) -> Sample:
        raw = BY_NAME[sample.server].kind is Kind.LIMIT
        start, used = time.monotonic(), processes.cpu_seconds(process)
        report = self._generator.load(
            workload, "raw" if raw else workload.mode, port, self._seconds
        )
        took, used = time.monotonic() - start, processes.cpu_seconds(process) - used
        return replace(
            sample,
            value=report["rate"],
            p50=report["p50"],
            p99=report["p99"],
            load_cpu=report["cpu"],
            server_cpu=used / took,
        )

    def _idle(self, sample: Sample, workload: Workload, process: int, port: int) -> Sample:
        seconds = max(self._seconds, workload.at_least)
        with self._generator.held(replace(workload, connections=COUNTED_FROM), port):
            time.sleep(SETTLE)
        before = processes.memory(process)
        with self._generator.held(workload, port):
            if workload.measure is Measure.MEMORY:
                time.sleep(max(SETTLE, workload.at_least))
                grown = processes.memory(process) - before
                return replace(sample, value=grown / workload.connections)
            time.sleep(SETTLE)
            used = processes.cpu_seconds(process)
            time.sleep(seconds)
            used = processes.cpu_seconds(process) - used
        return replace(sample, value=100 * used / seconds, server_cpu=used / seconds)


@contextlib.contextmanager
def running(server: Server, workload: Workload, core: int) -> Iterator[tuple[int, int]]:
    """Run a server on a core; give process and port. Raises as `Server.line`, and RuntimeError."""
    if server.environment and (why := obstacle(server.environment)):
        raise RuntimeError(why)
    port = quiet_port()
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


def quiet_port() -> int:
    """Give a free port out of those that the kernel gives no client: the load takes many."""
    for port in PORTS:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((HOST, port))
            return port
    raise RuntimeError("no port is free")


@cache
def obstacle(environment: Environment) -> str:
    """Install what servers need, once; give why that fails, nothing where it does not."""
    try:
        install(environment.folder, environment.requirements)
    except subprocess.CalledProcessError:
        return f"pip cannot install {environment.value} on this machine"
    if environment is Environment.PEERS:
        _install_wsgate(environment.folder / "bin" / "python")
    return ""


def _install_wsgate(python: Path) -> None:
    """Install what is built: out of the work tree, the modules would be plain ones.

    Raises CalledProcessError.
    """
    wheels = [str(wheel) for wheel in WHEEL.glob("*.whl")]
    pip = [str(python), "-m", "pip", "install", "-q", "--force-reinstall", "--no-deps"]
    subprocess.run([*pip, *wheels], check=True)


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
