"""The load generator: compiled on the spot, and run on a core of its own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.micro.cases import document
from benchmarks.servers import ROOT
from benchmarks.workloads import Workload

SOURCES = Path(__file__).parent / "load"
FOLDER = ROOT / "artefacts" / "benchmarks"
PROGRAM = FOLDER / "load"
WARM_UP = 0.3
"""Seconds before what is measured."""

TIMEOUT = 120
"""Seconds, beside those that are measured, that a run may take."""

Report = Mapping[str, float]


class LoadError(Exception):
    """The server did something wrong, or nothing; the sentence says what."""


def compile_generator() -> None:
    """Make the program. Raises CalledProcessError, and FileNotFoundError where there is no cc."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    sources = [str(source) for source in sorted(SOURCES.glob("*.c"))]
    warnings = ["-Wall", "-Wextra", "-Wconversion", "-Wno-missing-field-initializers", "-Werror"]
    subprocess.run(
        ["cc", "-O2", "-std=gnu11", *warnings, *sources, "-o", PROGRAM, "-lz"], check=True
    )


def load(workload: Workload, mode: str, port: int, seconds: float, core: int) -> Report:
    """Put the load on a server for so many seconds; raises LoadError."""
    command = _command(workload, mode, port, seconds, core)
    try:
        ended = subprocess.run(
            command, capture_output=True, text=True, timeout=TIMEOUT + seconds, check=False
        )
    except subprocess.TimeoutExpired:
        raise LoadError("it hung") from None
    return _report(ended.returncode, ended.stdout, ended.stderr)


@contextmanager
def held(workload: Workload, port: int, core: int) -> Iterator[None]:
    """Hold idle connections, each of which has carried one message; raises LoadError."""
    command = _command(workload, "idle", port, 0, core)
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        if process.stdout.readline() == "READY\n":
            yield
        output, errors = process.communicate(timeout=TIMEOUT)
    _report(process.returncode, output, errors)


def _command(workload: Workload, mode: str, port: int, seconds: float, core: int) -> list[str]:
    options = {
        "mode": mode,
        "port": port,
        "path": workload.path,
        "connections": workload.connections,
        "in-flight": workload.in_flight,
        "size": workload.size,
        "seconds": seconds,
        "warm-up": min(WARM_UP, seconds),
    }
    words = [f"--{name}={value}" for name, value in options.items()]
    if workload.compress:
        words += ["--compress", f"--payload={_document(workload.size)}"]
    return ["taskset", "-c", str(core), str(PROGRAM), *words]


def _document(size: int) -> Path:
    path = FOLDER / f"document-{size}.json"
    path.write_bytes(document(size))
    return path


def _report(status: int, output: str, errors: str) -> Report:
    if status:
        raise LoadError(errors.strip() or f"the generator ended with {status}")
    report: Report = json.loads(output)
    return report
