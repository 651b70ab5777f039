"""`python -m wsgate --workers N`: the master, its workers, and who connects to them."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.client import Client
from tests.e2e.process import TIMEOUT, Process


class Fleet:
    """A running command with several workers."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.port = int(process.wait_for(r"running on http://\S+:(\d+)")[1])

    def connect(self) -> Client:
        return Client(socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT))

    def pid_of_answer(self) -> int:
        """The worker that answers a request."""
        with self.connect() as client:
            return int(client.request(headers=[("Connection", "close")]).body)

    def wait_for_ready(self, count: int) -> list[int]:
        """Wait until so many workers have been ready since the start; give all, oldest first."""
        self.wait_for_times(count, "Ready: ")
        return [int(pid) for pid in re.findall(r"Ready: worker \d+ \[(\d+)\]", self.process.log)]

    def wait_for_times(self, count: int, text: str) -> None:
        """Wait until a text has been logged so often."""
        self.process.wait_for_times(count, text)


@contextmanager
def command(*options: str, application: str = "crew:app") -> Iterator[Process]:
    """Start it on a free port; how it ends is the test's matter."""
    spec = f"tests.e2e.apps.{application}"
    process = Process([sys.executable, "-m", "wsgate", spec, "--port", "0", *options])
    try:
        yield process
    finally:
        process.let_go()


@contextmanager
def fleet(*options: str, application: str = "crew:app") -> Iterator[Fleet]:
    """Start it, and wait until it can be connected to."""
    with command(*options, application=application) as process:
        yield Fleet(process)


def kill(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    """Send a signal to one process."""
    os.kill(pid, number)


def children_of(pid: int) -> set[int]:
    """Give the processes that a process with one thread has started."""
    return {int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def name_of(pid: int) -> tuple[str, str]:
    """What top and pgrep call a process, and what ps shows of it."""
    process = Path(f"/proc/{pid}")
    line = (process / "cmdline").read_text().rstrip("\0")
    return (process / "comm").read_text().rstrip(), line
