"""The servers that are measured, and how each is started."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = Path(__file__).parent
NODE_MODULES = FOLDER / "peers" / "node_modules"


class Kind(Enum):
    """What a server can be asked for."""

    ASGI = "ASGI"
    LIBRARY = "outside ASGI"
    LIMIT = "the limit"
    """Bytes in, the same bytes out, without a protocol."""


class Environment(Enum):
    """Where what a server needs is installed: a virtual environment, and its requirements."""

    PEERS = "requirements.txt"
    SOCKETIFY = "requirements-socketify.txt"  # built from source, which may fail

    @property
    def folder(self) -> Path:
        """The virtual environment."""
        return ROOT / ".venv" / f"benchmarks-{self.name.lower()}"

    @property
    def requirements(self) -> Path:
        """The list of packages."""
        return FOLDER / self.value


@dataclass(frozen=True, slots=True)
class Server:
    """command: a line where PORT and APP stand for these, PYTHON and WSGATE for the environment's.

    plain, compressed: what turns compression off, and on; the latter is None where it has none.
    """

    name: str
    command: str
    kind: Kind = Kind.ASGI
    plain: str = ""
    compressed: str | None = None
    environment: Environment | None = Environment.PEERS
    variables: Mapping[str, str] = field(default_factory=dict)

    def line(self, application: str, port: int, *, compress: bool) -> list[str]:
        """Give the command; raises FileNotFoundError where its program is not here."""
        option = self.compressed if compress else self.plain
        values = {"PORT": str(port), "APP": application}
        if self.environment:
            programs = self.environment.folder / "bin"
            values |= {"PYTHON": str(programs / "python"), "WSGATE": str(programs / "wsgate")}
        words = [
            values.get(word, word.replace("PORT", str(port)))
            for word in f"{self.command} {option or ''}".split()
        ]
        if shutil.which(words[0]) is None:
            raise FileNotFoundError(f"{Path(words[0]).name} is not here")
        return words


_WSGATE = "WSGATE APP --port PORT --no-access-log"
_UVICORN = "PYTHON -m uvicorn APP --port PORT --no-access-log --loop uvloop"
_UVICORN_PLAIN = "--ws-per-message-deflate false"
_NO_DEFLATE = "--no-ws-per-message-deflate"

SERVERS = (
    Server("wsgate", _WSGATE, plain=_NO_DEFLATE, compressed=""),
    Server(
        "wsgate-plain",
        _WSGATE,
        plain=_NO_DEFLATE,
        compressed="",
        variables={"WSGATE_NO_EXTENSIONS": "1"},
    ),
    Server("uvicorn", _UVICORN, plain=_UVICORN_PLAIN, compressed=""),
    Server(
        "uvicorn-websockets",
        f"{_UVICORN} --ws websockets",
        plain=_UVICORN_PLAIN,
        compressed="",
    ),
    Server("uvicorn-wsproto", f"{_UVICORN} --ws wsproto", plain=_UVICORN_PLAIN, compressed=""),
    Server(
        "hypercorn",
        "PYTHON -m hypercorn APP --bind 127.0.0.1:PORT --worker-class uvloop",
        compressed="",
    ),
    Server("granian", "PYTHON -m granian APP --interface asgi --port PORT --loop uvloop"),
    Server("daphne", "PYTHON -m benchmarks.peers.daphne_uvloop APP --port PORT --verbosity 0"),
    Server(
        "socketify",
        "PYTHON -m socketify APP --port PORT",
        compressed="--ws-per-message-deflate true",
        environment=Environment.SOCKETIFY,
    ),
    Server("picows", "PYTHON -m benchmarks.peers.picows_echo PORT", Kind.LIBRARY),
    Server("aiohttp", "PYTHON -m benchmarks.peers.aiohttp_echo PORT", Kind.LIBRARY),
    Server("websockets", "PYTHON -m benchmarks.peers.websockets_echo PORT", Kind.LIBRARY),
    Server("ws", "node benchmarks/peers/ws_echo.js PORT", Kind.LIBRARY, environment=None),
    Server(
        "bun",
        f"{NODE_MODULES}/.bin/bun benchmarks/peers/bun_echo.js PORT",
        Kind.LIBRARY,
        environment=None,
    ),
    Server("uvloop", "PYTHON -m benchmarks.peers.raw_echo PORT", Kind.LIMIT),
)
BY_NAME = {server.name: server for server in SERVERS}

OURS = ("wsgate", "wsgate-plain")
"""The servers that are no one's peers."""
