"""Imports go down: holds the layers of the package, cycles and what the lowest layer may use."""

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent

# A room is a folder, or a file beside the folders. Inside a folder, imports are free of layers.
LAYERS = {
    "wsgate.websocket": 0,
    "wsgate.http1": 0,
    "wsgate.addresses": 0,
    "wsgate.config": 0,
    "wsgate.conversions": 0,
    "wsgate.importer": 0,
    "wsgate.notify": 0,
    "wsgate.options": 0,
    "wsgate.settings": 0,
    "wsgate.tables": 0,
    "wsgate.errors": 0,
    "wsgate.version": 0,
    "wsgate.asgi": 1,
    "wsgate.event_loop": 1,
    "wsgate.observe": 1,
    "wsgate.sources": 1,
    "wsgate.net": 2,
    "wsgate.stopping": 2,
    "wsgate.leftovers": 2,
    "wsgate.server": 3,
    "wsgate.check": 4,
    "wsgate.supervisor": 4,
    "wsgate.cli": 5,
    "wsgate.demo": 5,
    "wsgate.gunicorn": 5,
    "wsgate.testing": 5,
    "wsgate.pytest_plugin": 6,
    "wsgate": 5,
    "wsgate.__main__": 6,
}
# Rooms that may import less than everything below them.
ONLY = {
    "wsgate.websocket": frozenset[str](),
    "wsgate.http1": frozenset[str](),
    "wsgate.observe": frozenset({"wsgate.config", "wsgate.errors"}),
}
# Leaves of layer 0 may know each other, in one direction.
LEAVES = {
    f"wsgate.{name}"
    for name in (
        "addresses",
        "config",
        "conversions",
        "importer",
        "options",
        "settings",
        "tables",
        "errors",
        "version",
    )
}
# Layer 0 has no I/O, clock, thread, log or environment.
OUTSIDE = {
    *("asyncio", "concurrent", "multiprocessing", "select", "selectors", "signal", "socket"),
    *("socketserver", "ssl", "subprocess", "threading", "uvloop"),
    *("datetime", "sched", "time"),
    *("logging", "os.environ", "os.environb", "os.getenv"),
}
# What of it a room may use all the same.
ALLOWED = {
    # A datagram to systemd: the master, without asyncio, sends it as a worker does.
    "wsgate.notify": frozenset({"os.environ", "socket", "time"}),
}


def module_name(path: str) -> str:
    """``wsgate/net/__init__.py`` is ``wsgate.net``."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def room_of(module: str) -> str | None:
    """The room that ``module`` belongs to; a folder's name stands for all in it."""
    parts = module.split(".")
    name = ".".join(parts[:2])
    return name if name in LAYERS else None


def imported_names(path: str, tree: ast.AST) -> Iterator[str]:
    """Each dotted name that is imported anywhere in ``tree``, under TYPE_CHECKING too."""
    package = path.removesuffix(".py").split("/")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "os":
            yield f"os.{node.attr}"


def module_in(name: str, modules: Mapping[str, object]) -> str:
    """The module that the dotted ``name`` loads: itself, or the one that defines it."""
    return name if name in modules else name.rpartition(".")[0]


def import_refusal(importer: str, imported: str) -> str | None:
    """Why a module of ours may not import another one of ours; None where it may."""
    here, there = room_of(importer), room_of(imported)
    if here is None or there is None:
        return f"{importer if here is None else imported} has no layer"
    if here == there:
        return None
    if here in ONLY and there not in ONLY[here]:
        return f"{importer} imports {imported}: {here} may not know it"
    if {here, there} <= LEAVES or LAYERS[there] < LAYERS[here]:
        return None
    return f"{importer} (layer {LAYERS[here]}) imports {imported} (layer {LAYERS[there]})"


def outside_refusal(module: str, name: str) -> str | None:
    """Why a module of layer 0 may not import ``name`` from elsewhere; None where it may."""
    room = room_of(module)
    parts = name.split(".")
    used = OUTSIDE & {parts[0], ".".join(parts[:2])}
    if room is None or LAYERS[room] > 0 or used <= ALLOWED.get(room, frozenset()):
        return None
    return f"{module} (layer 0) uses {name}"


def violations(sources: Mapping[str, str]) -> list[str]:
    """Every broken rule in a tree of sources by path, in one sentence each."""
    modules = {module_name(path): path for path in sources}
    graph: dict[str, set[str]] = {module: set() for module in modules}
    refusals: list[str | None] = [
        f"{module} has no layer" for module in modules if room_of(module) is None
    ]
    for module, path in modules.items():
        for name in imported_names(path, ast.parse(sources[path], path)):
            if name.split(".")[0] == "wsgate":
                imported = module_in(name, modules)
                graph[module].add(imported)
                refusals.append(import_refusal(module, imported))
            else:
                refusals.append(outside_refusal(module, name))
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        refusals.append("cycle: " + " < ".join(error.args[1]))
    return list(dict.fromkeys(refusal for refusal in refusals if refusal))


def test_the_package_keeps_its_layers() -> None:
    sources = {
        path.relative_to(PROJECT).as_posix(): path.read_text()
        for path in sorted((PROJECT / "wsgate").rglob("*.py"))
    }
    assert "wsgate/version.py" in sources
    assert violations(sources) == []


@pytest.mark.parametrize(
    "sources",
    [
        pytest.param(
            {
                "wsgate/net/writer.py": "from wsgate.asgi.types import Scope",
                "wsgate/asgi/types.py": "from wsgate.websocket import frames",
                "wsgate/websocket/__init__.py": "from wsgate.websocket.frames import Frame",
                "wsgate/websocket/frames.py": "import struct, zlib, os\nos.urandom(4)",
            },
            id="down",
        ),
        pytest.param(
            {"wsgate/net/a.py": "from .b import B", "wsgate/net/b.py": "import asyncio"},
            id="same-folder-relative",
        ),
        pytest.param(
            {"wsgate/importer.py": "from wsgate.errors import E", "wsgate/errors.py": ""},
            id="leaf-to-leaf",
        ),
        pytest.param(
            {
                "wsgate/__main__.py": "from wsgate.cli import main",
                "wsgate/cli.py": "from wsgate.server import run\nimport os\nos.environ['A']",
                "wsgate/__init__.py": "from wsgate.server import run",
                "wsgate/server.py": "import asyncio, time",
                "wsgate/observe/logging.py": "import logging\nfrom wsgate.config import Config",
                "wsgate/config.py": "",
            },
            id="up-to-the-command",
        ),
    ],
)
def test_a_good_tree_passes(sources: dict[str, str]) -> None:
    assert violations(sources) == []


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        pytest.param(
            {"wsgate/asgi/scope.py": "import wsgate.net.writer", "wsgate/net/writer.py": ""},
            ["wsgate.asgi.scope (layer 1) imports wsgate.net.writer (layer 2)"],
            id="up",
        ),
        pytest.param(
            {"wsgate/asgi/scope.py": "from ..net import writer", "wsgate/net/writer.py": ""},
            ["wsgate.asgi.scope (layer 1) imports wsgate.net.writer (layer 2)"],
            id="up-relative",
        ),
        pytest.param(
            {"wsgate/net/__init__.py": "from ..server import Server", "wsgate/server.py": ""},
            ["wsgate.net (layer 2) imports wsgate.server (layer 3)"],
            id="up-from-a-package-file",
        ),
        pytest.param(
            {
                "wsgate/net/writer.py": "from typing import TYPE_CHECKING\n"
                "if TYPE_CHECKING:\n    from wsgate.server import Server",
                "wsgate/server.py": "",
            },
            ["wsgate.net.writer (layer 2) imports wsgate.server (layer 3)"],
            id="up-for-types",
        ),
        pytest.param(
            {
                "wsgate/net/writer.py": "def late():\n    from wsgate.server import Server",
                "wsgate/server.py": "",
            },
            ["wsgate.net.writer (layer 2) imports wsgate.server (layer 3)"],
            id="up-inside-a-function",
        ),
        pytest.param(
            {"wsgate/server.py": "from wsgate import Config", "wsgate/__init__.py": ""},
            ["wsgate.server (layer 3) imports wsgate (layer 5)"],
            id="through-the-front-door",
        ),
        pytest.param(
            {
                "wsgate/asgi/scope.py": "from wsgate.observe import access_log",
                "wsgate/observe/access_log.py": "",
            },
            ["wsgate.asgi.scope (layer 1) imports wsgate.observe.access_log (layer 1)"],
            id="sideways",
        ),
        pytest.param(
            {
                "wsgate/websocket/headers.py": "from wsgate.http1 import events",
                "wsgate/http1/events.py": "",
            },
            [
                "wsgate.websocket.headers imports wsgate.http1.events: "
                "wsgate.websocket may not know it"
            ],
            id="websocket-knows-http1",
        ),
        pytest.param(
            {"wsgate/http1/reader.py": "from wsgate.config import Config", "wsgate/config.py": ""},
            ["wsgate.http1.reader imports wsgate.config: wsgate.http1 may not know it"],
            id="http1-knows-config",
        ),
        pytest.param(
            {
                "wsgate/observe/a.py": "from wsgate.http1 import events",
                "wsgate/http1/events.py": "",
            },
            ["wsgate.observe.a imports wsgate.http1.events: wsgate.observe may not know it"],
            id="observe-knows-http1",
        ),
        pytest.param(
            {"wsgate/net/a.py": "from .b import B", "wsgate/net/b.py": "from .a import A"},
            ["cycle: wsgate.net.a < wsgate.net.b < wsgate.net.a"],
            id="cycle-in-a-folder",
        ),
        pytest.param(
            {
                "wsgate/errors.py": "from wsgate.importer import a",
                "wsgate/importer.py": "from wsgate.errors import b",
            },
            ["cycle: wsgate.errors < wsgate.importer < wsgate.errors"],
            id="cycle-of-leaves",
        ),
        pytest.param(
            {
                "wsgate/net/__init__.py": "from wsgate.net.a import A",
                "wsgate/net/a.py": "from wsgate.net import A",
            },
            ["cycle: wsgate.net < wsgate.net.a < wsgate.net"],
            id="cycle-through-the-package",
        ),
        pytest.param(
            {"wsgate/attic/old.py": ""}, ["wsgate.attic.old has no layer"], id="unknown-room"
        ),
        pytest.param(
            {"wsgate/server.py": "from wsgate.attic import old"},
            ["wsgate.attic has no layer"],
            id="imports-an-unknown-room",
        ),
    ],
)
def test_a_bad_tree_is_refused(sources: dict[str, str], expected: list[str]) -> None:
    assert violations(sources) == expected


@pytest.mark.parametrize(
    ("source", "used"),
    [
        ("import asyncio", "asyncio"),
        ("import asyncio.events as loop", "asyncio.events"),
        ("from socket import socket", "socket.socket"),
        ("def now():\n    import time", "time"),
        ("from datetime import datetime", "datetime.datetime"),
        ("from logging import getLogger", "logging.getLogger"),
        ("import os\nprint(os.environ['HOME'])", "os.environ"),
        ("import os\nos.environ.get('HOME')", "os.environ"),
        ("from os import getenv", "os.getenv"),
    ],
)
@pytest.mark.parametrize("path", ["wsgate/websocket/frames.py", "wsgate/config.py"])
def test_layer_0_stays_inside(path: str, source: str, used: str) -> None:
    assert violations({path: source}) == [f"{module_name(path)} (layer 0) uses {used}"]
    assert violations({"wsgate/net/clock.py": source}) == []
