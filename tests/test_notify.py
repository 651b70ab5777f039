"""What systemd is told, read from a real socket."""

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from wsgate import notify


@pytest.fixture(params=["path", "abstract"])
def heard(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[socket.socket]:
    """The socket that systemd reads."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        if request.param == "path":
            name = str(tmp_path_factory.mktemp("s") / "notify")
            sock.bind(name)
        else:
            name = f"@wsgate-test-{os.getpid()}"
            sock.bind("\0" + name[1:])
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        sock.setblocking(False)
        yield sock


def test_each_message(heard: socket.socket) -> None:
    assert notify.wanted()
    for tell, message in (
        (notify.ready, b"READY=1"),
        (notify.alive, b"WATCHDOG=1"),
        (notify.stopping, b"STOPPING=1"),
    ):
        tell()
        assert heard.recv(1000) == message


def test_reloading_says_when(heard: socket.socket) -> None:
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    notify.reloading()
    first, second = heard.recv(1000).decode().split("\n")
    assert first == "RELOADING=1"
    name, _, value = second.partition("=")
    assert name == "MONOTONIC_USEC"
    assert before <= int(value) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000


def test_without_systemd_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert not notify.wanted()
    notify.ready()


@pytest.mark.parametrize("name", ["nobody-is-here", "x" * 200, "@", "a\udcff"])
def test_nobody_reads(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NOTIFY_SOCKET", name)
    notify.ready()


@pytest.mark.parametrize(
    ("microseconds", "whose", "seconds"),
    [
        ("20000000", "ours", 10.0),
        ("3000000", "anybody's", 1.5),
        ("3000000", "our parent's", None),
        ("0", "anybody's", None),
        ("", "anybody's", None),
        ("soon", "anybody's", None),
    ],
)
def test_half_of_the_watchdog_time(
    microseconds: str, whose: str, seconds: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    pids = {"ours": str(os.getpid()), "our parent's": str(os.getppid()), "anybody's": ""}
    monkeypatch.setenv("WATCHDOG_USEC", microseconds)
    monkeypatch.setenv("WATCHDOG_PID", pids[whose])
    assert notify.watchdog_interval() == seconds
