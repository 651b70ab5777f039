"""`python -m wsgate`, started as a user starts it."""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from tests.client import Client
from tests.e2e.process import TIMEOUT, Process, running

DEFAULTS = ("--port", "0", "--timeout-graceful-shutdown", "10")


class Command(NamedTuple):
    """address: as nginx writes it, ``127.0.0.1:8000`` or ``unix:/run/x.sock``."""

    process: Process
    address: str


class Served:
    """The running command on a port of its own, and who connects to it."""

    def __init__(self, command: Command) -> None:
        self.process = command.process
        self.port = int(command.address.rpartition(":")[2])

    def connect(self, receive_buffer: int = 0) -> Client:
        """Connect; receive_buffer: bytes that the kernel takes for a client that does not read."""
        sock = socket.socket()
        sock.settimeout(TIMEOUT)
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.connect(("127.0.0.1", self.port))
        return Client(sock)


@contextmanager
def wsgate(application: str, *options: str) -> Iterator[Command]:
    """Serve an application of `tests.e2e.apps`, or of another package that it names with dots.

    It listens on a free port, or where the options say.

    At the end it gets SIGTERM and has to exit with 0, the lifespan ended, and nothing logged as an
    error that the application did not raise on purpose.
    """
    module, _, name = application.partition(":")
    spec = f"{module if '.' in module else f'tests.e2e.apps.{module}'}:{name}"
    command = [sys.executable, "-m", "wsgate", spec, *DEFAULTS, *options]
    with running(command) as process:
        where = process.wait_for(r"wsgate running on (?:https?://)?(\S+)")
        yield Command(process, where[1])
    assert "Application shutdown complete." in process.log
    errors = re.findall(r"^(?:WARNING|ERROR|CRITICAL):", process.log, re.MULTILINE)
    intended = re.findall(r"^[\w.]+\.OnPurposeError$", process.log, re.MULTILINE)
    assert len(errors) == len(intended), process.log
