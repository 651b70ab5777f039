"""What the master does where the system refuses something, and how it names and sees processes."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from wsgate.config import Config
from wsgate.errors import StartupError
from wsgate.supervisor import backoff, run, title
from wsgate.supervisor.run import Nursery
from wsgate.supervisor.watch import resident_memory


def test_no_room_for_a_worker(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(run, "ROWS", 0)
    monkeypatch.setattr(backoff, "FIRST_DELAY", 0.001)
    master = Nursery(Config(app="main:app", workers=2), [], None).master
    assert master.run() == 3
    assert caplog.text.count("Cannot start a worker: 0 workers are there already") == 5


def test_a_fork_that_fails_leaves_nothing_open(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_fork(work: object) -> int:
        raise BlockingIOError("Resource temporarily unavailable")

    monkeypatch.setattr(run, "fork", no_fork)
    nursery = Nursery(Config(app="main:app", workers=2), [], None)
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(BlockingIOError):
        nursery.start()
    assert len(os.listdir("/proc/self/fd")) == before


def test_signals_come_to_the_main_thread_alone() -> None:
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run.run, Config(app="main:app", workers=2))
        with pytest.raises(StartupError, match="--workers needs the main thread"):
            running.result()


def test_an_object_cannot_be_loaded_anew() -> None:
    with pytest.raises(StartupError, match="--reload needs APP as module:attribute"):
        run.run(Config(app=print, reload=True))


def test_memory_of_workers_that_cannot_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "resident_memory", lambda pid: 0)
    with pytest.raises(StartupError, match="--workers-max-rss needs /proc"):
        run.run(Config(app="main:app", workers_max_rss=1))


def test_resident_memory() -> None:
    assert resident_memory(os.getpid()) > 1024 * 1024
    assert resident_memory(0) == 0


@pytest.mark.parametrize(
    ("name", "arguments", "short", "shown"),
    [
        ("worker 1", "x" * 40, "wsgate:worker 1", "wsgate: worker 1"),
        ("master main:app", "x" * 40, "wsgate:master m", "wsgate: master main:app"),
        ("x" * 9999, "", "wsgate:xxxxxxxx", "wsgate: xxxxxxxxxxxx"),
    ],
)
def test_names_have_the_room_that_the_arguments_had(
    name: str, arguments: str, short: str, shown: str
) -> None:
    script = (
        "from wsgate.supervisor.title import name_process as n\n"
        "from pathlib import Path\n"
        f"n({name!r})\n"
        "print(Path('/proc/self/comm').read_text(), end='')\n"
        "print(Path('/proc/self/cmdline').read_bytes().decode().rstrip(chr(0)))\n"
    )
    command = [sys.executable, "-c", script, arguments]
    room = sum(len(each.encode()) + 1 for each in command)
    said = subprocess.check_output(command, text=True).splitlines()
    assert said[0] == short
    assert said[1].startswith(shown)
    assert len(said[1]) <= room


def test_names_elsewhere_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "elsewhere")
    monkeypatch.delattr(title, "_write_over_arguments")
    title.name_process("worker 1")
