"""Under systemd: sockets that it opened, and what it is told, by its own program and socket."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client import Client
from tests.e2e.process import PROJECT, TIMEOUT, Process, running
from tests.programs import require

WSGATE = (sys.executable, "-m", "wsgate", "tests.e2e.apps.mortal:app")


@pytest.fixture
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Short enough for the path of a unix socket."""
    return tmp_path_factory.mktemp("s")


@pytest.fixture
def heard(directory: Path) -> Iterator[socket.socket]:
    """The socket that systemd reads."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(f"{directory}/notify")
        sock.settimeout(TIMEOUT)
        yield sock


def told(heard: socket.socket) -> str:
    """The next message that is no sign of life."""
    while (message := heard.recv(100).decode()) == "WATCHDOG=1":
        pass
    return message


@pytest.mark.parametrize("workers", ["1", "2"])
def test_sockets_that_systemd_opened(directory: Path, heard: socket.socket, workers: str) -> None:
    activate = require("systemd-socket-activate", "systemd")
    # No other process has this address of the loopback.
    host = f"127.88.{os.getpid() >> 8 & 255}.{os.getpid() & 255}"
    path = f"{directory}/x.sock"
    keep = (*("PATH", "PYTHONPATH", "COVERAGE_PROCESS_START"), f"NOTIFY_SOCKET={directory}/notify")
    command = [activate, "-l", f"{host}:8000", "-l", path]
    command += [part for name in keep if "=" in name or name in os.environ for part in ("-E", name)]
    with running([*command, *WSGATE, "--workers", workers]) as process:
        process.wait_for("Listening on .*x.sock")
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(path)  # which starts the server
            sock.settimeout(TIMEOUT)
            process.wait_for(f"running on http://{host}:8000")
            process.wait_for(f"running on unix:{path}")
            for connected in (sock, socket.create_connection((host, 8000), TIMEOUT)):
                with Client(connected) as client:
                    assert client.request().body == b"done"
        assert told(heard) == "READY=1"
        process.end()
        assert told(heard) == "STOPPING=1"
    assert Path(path).is_socket()


def test_a_life_that_systemd_hears_of(directory: Path, heard: socket.socket) -> None:
    variables = (f"NOTIFY_SOCKET={directory}/notify", "WATCHDOG_USEC=100000")
    with running(["env", *variables, *WSGATE, "--port", "0"]) as process:
        assert [heard.recv(100) for _ in range(4)] == [b"READY=1", *[b"WATCHDOG=1"] * 3]
        process.send(signal.SIGTERM)
        assert told(heard) == "STOPPING=1"
        assert process.wait() == 0


def test_a_master_tells_how_its_workers_fare(directory: Path, heard: socket.socket) -> None:
    variables = (f"NOTIFY_SOCKET={directory}/notify", "WATCHDOG_USEC=200000")
    with running(["env", *variables, *WSGATE, "--port", "0", "--workers", "2"]) as process:
        assert told(heard) == "READY=1"
        assert heard.recv(100) == b"WATCHDOG=1"
        process.wait_for(
            r"(?s)(?:Ready: .*?){2}\n"
        )  # what is said above, the first one brings about
        process.send(signal.SIGHUP)
        assert re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=\d+", told(heard))
        assert told(heard) == "READY=1"
        process.wait_for(r"(?s)(?:Ready: .*?){4}\n")
        process.send(signal.SIGTERM)
        assert told(heard) == "STOPPING=1"
        assert process.wait() == 0


def test_a_start_that_fails_is_not_told_as_one(directory: Path, heard: socket.socket) -> None:
    variables = (f"NOTIFY_SOCKET={directory}/notify", "WSGATE_PORT=0")
    process = Process(["env", *variables, *WSGATE[:-1], "tests.e2e.apps.mortal:failing"])
    try:
        assert process.wait() == 3
    finally:
        process.let_go()
    heard.setblocking(False)
    with pytest.raises(BlockingIOError):
        heard.recv(100)


def test_the_units_are_what_systemd_takes(tmp_path: Path) -> None:
    analyze = require("systemd-analyze", "systemd")
    for name in ("wsgate.service", "wsgate.socket"):
        text = (PROJECT / "deploy" / name).read_text()
        (tmp_path / name).write_text(text.replace("/srv/shop/venv/bin/wsgate", sys.executable))
    units = [str(tmp_path / name) for name in ("wsgate.service", "wsgate.socket")]
    done = subprocess.run(
        [analyze, "verify", *units], capture_output=True, text=True, timeout=TIMEOUT
    )
    assert (done.returncode, done.stderr) == (0, "")
