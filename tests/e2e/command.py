"""`python -m wsgate`, started as a user starts it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from tests.e2e.process import Process, running

DEFAULTS = ("--port", "0", "--timeout-graceful-shutdown", "10")


class Command(NamedTuple):
    """address: as nginx writes it, ``127.0.0.1:8000`` or ``unix:/run/x.sock``."""

    process: Process
    address: str


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
