"""Debian's nginx before wsgate, with the lines of deploy/nginx.conf: what is shipped is tested."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.process import PROJECT, running
from tests.programs import require

SHIPPED = PROJECT / "deploy" / "nginx.conf"
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@contextmanager
def nginx(upstream: str, changes: Mapping[str, str] | None = None) -> Iterator[int]:
    """Run nginx before `upstream` (``127.0.0.1:8000``, ``unix:/run/x.sock``); give its port.

    changes: further lines of the shipped configuration, and what stands there instead.
    """
    program = require("nginx", "nginx")
    port = free_port()
    with open_folder() as folder:
        lines = {**_lines_for_tests(folder, port), **_upstream_lines(upstream), **(changes or {})}
        configuration = folder / "nginx.conf"
        configuration.write_text(replaced(SHIPPED.read_text(), lines))
        directives = f"daemon off; pid {folder}/pid; error_log stderr notice;"
        command = [program, "-p", str(folder), "-c", str(configuration), "-g", directives]
        with running(command) as process:
            process.wait_for("start worker processes")
            yield port


@contextmanager
def open_folder() -> Iterator[Path]:
    """Make a folder that the user of nginx's workers may enter; its path is short."""
    with tempfile.TemporaryDirectory(prefix="wsgate-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


def replaced(text: str, lines: Mapping[str, str]) -> str:
    """Replace each line, which has to be there once."""
    for old, new in lines.items():
        assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
        text = text.replace(old, new)
    return text


def _lines_for_tests(folder: Path, port: int) -> dict[str, str]:
    """Nothing outside of the folder, and a port that needs no privilege."""
    paths = "".join(f"{name}_temp_path {folder}/{name};\n" for name in TEMPORARY)
    return {
        "http {\n": f"http {{\naccess_log off;\n{paths}",
        "listen 80;": f"listen 127.0.0.1:{port};",
    }


def _upstream_lines(upstream: str) -> dict[str, str]:
    """Take the line of the shipped configuration for TCP or for a unix socket."""
    if upstream.startswith("unix:"):
        unix = {"# server unix:/run/wsgate/wsgate.sock;": f"server {upstream};"}
        return {"server 127.0.0.1:8000;": "", **unix}
    return {"server 127.0.0.1:8000;": f"server {upstream};"}
