"""A reverse proxy before wsgate, with the lines of deploy/: what is shipped is tested."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from signal import Signals
from typing import NamedTuple, Protocol

from tests.e2e.process import PROJECT, running
from tests.programs import require

Lines = Mapping[str, str]
"""Lines of a shipped configuration, and what stands there instead."""


class Site(NamedTuple):
    """What a proxy gets for one test.

    folder: all that it writes goes there. port: where it listens on 127.0.0.1. upstream: where
    wsgate listens, ``127.0.0.1:8000`` or ``unix:/run/x.sock``.
    """

    folder: Path
    port: int
    upstream: str

    @property
    def over_unix(self) -> bool:
        return self.upstream.startswith("unix:")


class Proxy(Protocol):
    """A program that stands before wsgate.

    ready: what it logs once it listens. stop: the signal at which it exits with 0.
    """

    program: str
    package: str
    configuration: str
    ready: str
    stop: Signals

    def lines(self, site: Site) -> Lines:
        """Put it where the test wants it."""

    def tls_lines(self, port: int, certificate: Path) -> Lines:
        """Let it listen for TLS too; certificate: a file that holds the key as well."""

    def idle_lines(self, seconds: int) -> Lines:
        """Let it cut what is silent for so long."""

    def command(self, program: str, configuration: Path) -> list[str]:
        """Run in the foreground, with the log on its outputs."""


@contextmanager
def before(proxy: Proxy, upstream: str, changes: Lines | None = None) -> Iterator[int]:
    """Run a proxy before `upstream`, with further lines changed; give its port."""
    program = require(proxy.program, proxy.package)
    with open_folder() as folder:
        site = Site(folder, free_port(), upstream)
        text = (PROJECT / "deploy" / proxy.configuration).read_text()
        configuration = folder / proxy.configuration
        configuration.write_text(replaced(text, {**proxy.lines(site), **(changes or {})}))
        with running(proxy.command(program, configuration), proxy.stop) as process:
            process.wait_for(proxy.ready)
            yield site.port


@contextmanager
def open_folder() -> Iterator[Path]:
    """Make a folder that the user of a proxy's workers may enter; its path is short."""
    with tempfile.TemporaryDirectory(prefix="wsgate-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


def replaced(text: str, lines: Lines) -> str:
    """Replace each line, which has to be there once."""
    for old, new in lines.items():
        assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
        text = text.replace(old, new)
    return text
