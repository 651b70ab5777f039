"""The load generator: compiled on the spot, and run on a core of its own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.micro.cases import document
from benchmarks.workloads import Workload

SOURCES = Path(__file__).parent / "load"
WARM_UP = 0.3
"""Seconds before what is measured."""

TIMEOUT = 120
"""Seconds, beside those that are measured, that a run may take."""

Report = Mapping[str, float]


class LoadError(Exception):
    """The server did something wrong, or nothing; the sentence says what."""


class Generator:
    """The program in a folder, and the core that it runs on.

    Raises CalledProcessError where it does not compile, FileNotFoundError where there is no cc.
    """

    def __init__(self, folder: Path, core: int) -> None:
        self._folder = folder
        self._core = core
        self._program = folder / "load"
        folder.mkdir(parents=True, exist_ok=True)
        sources = [str(source) for source in sorted(SOURCES.glob("*.c"))]
        options = ["-O2", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-o", str(self._program)]
        subprocess.run(["cc", *options, *sources, "-lz"], check=True)

    def load(self, workload: Workload, mode: str, port: int, seconds: float) -> Report:
        """Put the load on a server for so many seconds; raises LoadError."""
        command = self._command(workload, mode, port, seconds)
        try:
            ended = subprocess.run(
                command, capture_output=True, text=True, timeout=TIMEOUT + seconds, check=False
            )
        except subprocess.TimeoutExpired:
            raise LoadError("it hung") from None
        return report(ended.returncode, ended.stdout, ended.stderr)

    @contextmanager
    def held(self, workload: Workload, port: int) -> Iterator[None]:
        """Hold idle connections, each of which has carried one message; raises LoadError."""
        command = self._command(workload, "idle", port, 0)
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
            assert process.stdout is not None
            if process.stdout.readline() != "READY\n":
                raise LoadError(process.communicate(timeout=TIMEOUT)[1].strip())
            yield
            output, errors = process.communicate(timeout=TIMEOUT)
        report(process.returncode, output, errors)

    def _command(self, workload: Workload, mode: str, port: int, seconds: float) -> list[str]:
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
            words += ["--compress", f"--payload={self._document(workload.size)}"]
        return ["taskset", "-c", str(self._core), str(self._program), *words]

    def _document(self, size: int) -> Path:
        path = self._folder / f"document-{size}.json"
        path.write_bytes(document(size))
        return path


def report(status: int, output: str, errors: str) -> Report:
    """Read what the program printed; raises LoadError with its sentence where it failed."""
    if status:
        raise LoadError(errors.strip() or f"the generator ended with {status}")
    numbers: Report = json.loads(output)
    return numbers
