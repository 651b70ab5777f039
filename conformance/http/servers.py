"""The servers that stand in the table, and how each is started and ended."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from conformance.http.exchange import HOST

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
ENVIRONMENT = ROOT / ".venv" / "conformance-http"
LOGS = ROOT / "artefacts" / "http"

PROBE = "conformance.http.probe:app"
TIMEOUT = 20
"""Seconds for a server to start, and to end."""


@dataclass(frozen=True, slots=True)
class Server:
    """command: what follows ``python -m``, where PORT stands for the port.

    ours: whether it runs under our own interpreter, not in the environment with the others.
    """

    name: str
    command: str
    ours: bool = False

    @property
    def interpreter(self) -> str:
        """The path of the interpreter."""
        return sys.executable if self.ours else str(ENVIRONMENT / "bin" / "python")


_QUIET = "--host 127.0.0.1 --port PORT --no-access-log"

SERVERS = (
    Server("wsgate-httptools", f"wsgate {PROBE} {_QUIET} --lifespan off --http httptools", True),
    Server("wsgate-h11", f"wsgate {PROBE} {_QUIET} --lifespan off --http h11", True),
    Server("uvicorn-httptools", f"uvicorn {PROBE} {_QUIET} --lifespan off --http httptools"),
    Server("uvicorn-h11", f"uvicorn {PROBE} {_QUIET} --lifespan off --http h11"),
    Server("hypercorn", f"hypercorn {PROBE} --bind 127.0.0.1:PORT"),
    Server("granian", f"granian {PROBE} --interface asginl --host 127.0.0.1 --port PORT"),
    Server("daphne", f"daphne {PROBE} --bind 127.0.0.1 --port PORT"),
)
BY_NAME = {server.name: server for server in SERVERS}


def install(environment: Path = ENVIRONMENT, requirements: Path = REQUIREMENTS) -> None:
    """Make an environment for others, once for each list of requirements.

    Raises CalledProcessError where one of them cannot be installed.
    """
    done = environment / "requirements.txt"
    if done.exists() and done.read_text() == requirements.read_text():
        return
    venv.create(environment, with_pip=True, clear=True)
    pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "-q", "-r"]
    subprocess.run([*pip, str(requirements)], check=True)
    done.write_text(requirements.read_text())


@contextlib.contextmanager
def running(server: Server, *options: str) -> Iterator[int]:
    """Run a server with the probe on a free port, which is given, until the block ends."""
    port = free_port()
    command = [*server.command.replace("PORT", str(port)).split(), *options]
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{server.name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [server.interpreter, "-m", *command], cwd=ROOT, stdout=output, stderr=output
        )
    try:
        await_start(process, port, log)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        port: int = free.getsockname()[1]
    return port


def await_start(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Wait until connections are accepted; raises RuntimeError with the log where none are."""
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((HOST, port)):
            return
        time.sleep(0.05)
    raise RuntimeError(f"the server did not start:\n{log.read_text()}")
