"""A reverse proxy before wsgate, with the lines of deploy/: what is shipped is tested."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import SIGTERM, Signals

from tests.e2e.process import PROJECT, running
from tests.programs import require

Lines = Mapping[str, str]
"""Lines of a shipped configuration, and what stands there instead."""


@dataclass(frozen=True, kw_only=True)
class Proxy:
    """A program that stands before wsgate, and how a test changes what deploy/ ships for it.

    command: it runs in the foreground, with its log on its outputs; the program comes before it.
    ready: what it logs once it listens. stop: the signal at which it exits with 0. What stands
    instead of a line, and the command, are templates of `str.format` for the fields named here.
    """

    program: str
    package: str
    configuration: str
    command: tuple[str, ...]
    """folder, configuration: paths."""
    environment: tuple[str, ...] = ()
    """As `env` takes it; folder: a path."""
    ready: str
    stop: Signals = SIGTERM

    listen: Lines
    """port: where it listens on 127.0.0.1; folder: where all goes that it writes."""
    tcp: Lines
    """host, port: where wsgate listens."""
    unix: Lines
    """path: where wsgate listens."""
    tls: Lines
    """port: where it ends TLS; certificate: a file that holds the key as well."""
    idle: Lines
    """seconds: how long a WebSocket may be silent."""

    def tls_lines(self, port: int, certificate: Path) -> Lines:
        """End TLS there as well."""
        return _filled(self.tls, port=port, certificate=certificate)

    def idle_lines(self, seconds: int) -> Lines:
        """Cut what is silent for so long."""
        return _filled(self.idle, seconds=seconds)

    def lines(self, folder: Path, port: int, upstream: str) -> Lines:
        """Stand before `upstream`: ``127.0.0.1:8000`` or ``unix:/run/x.sock``."""
        listen = _filled(self.listen, folder=folder, port=port)
        host, _, rest = upstream.partition(":")
        if host == "unix":
            return {**listen, **_filled(self.unix, path=rest)}
        return {**listen, **_filled(self.tcp, host=host, port=rest)}


def _filled(lines: Lines, **fields: object) -> Lines:
    return {old: new.format(**fields) for old, new in lines.items()}


@contextmanager
def before(proxy: Proxy, upstream: str, changes: Lines | None = None) -> Iterator[int]:
    """Run a proxy before `upstream`, with further lines changed; give its port."""
    program = require(proxy.program, proxy.package)
    port = free_port()
    with open_folder() as folder:
        lines = {**proxy.lines(folder, port, upstream), **(changes or {})}
        text = (PROJECT / "deploy" / proxy.configuration).read_text()
        path = folder / proxy.configuration
        path.write_text(replaced(text, lines))
        parts = ["env", *proxy.environment, program, *proxy.command]
        command = [each.format(folder=folder, configuration=path) for each in parts]
        with running(command, proxy.stop) as process:
            process.wait_for(proxy.ready)
            yield port


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
