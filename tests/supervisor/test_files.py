"""Which files are watched, and what is told of them, with watchfiles and without."""

from __future__ import annotations

import os
import py_compile
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.process import TIMEOUT
from wsgate.supervisor.files import Files, changes, forget_bytecode, shown
from wsgate.supervisor.watcher import Watcher, start_watcher, watch

INCLUDES, EXCLUDES = ("*.py", "templates/*.html"), (".*", "__pycache__", "tests/data")


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files([str(tmp_path)], INCLUDES, EXCLUDES)


@pytest.fixture(params=["watchfiles", "polling"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to learn of changes."""
    if request.param == "polling":
        monkeypatch.setitem(sys.modules, "watchfiles", None)
    return str(request.param)


@pytest.mark.parametrize(
    ("name", "watched"),
    [
        ("app.py", True),
        ("package/deep/module.py", True),
        ("page.html", False),
        ("templates/page.html", True),
        ("package/templates/page.html", True),
        ("app.pyc", False),
        (".hidden.py", False),
        (".venv/lib/module.py", False),
        ("package/__pycache__/module.py", False),
        ("tests/data/module.py", False),
        ("tests/module.py", True),
        ("/elsewhere/app.py", False),
    ],
)
def test_what_is_watched(files: Files, tmp_path: Path, name: str, watched: bool) -> None:
    path = tmp_path / name
    assert (path in files) is watched
    if watched or not name.startswith("/"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        assert (path in files.look()) is watched


def test_the_working_directory_is_watched_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert tmp_path / "a.py" in Files((), INCLUDES, EXCLUDES)


def test_a_file_that_is_gone_when_it_is_looked_at_is_left_out(files: Files, tmp_path: Path) -> None:
    (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere")
    (tmp_path / "app.py").touch()
    assert list(files.look()) == [tmp_path / "app.py"]


@pytest.mark.parametrize(
    ("count", "text"), [(1, "0.py"), (3, "0.py, 1.py, 2.py"), (5, "0.py, 1.py, 2.py and 2 more")]
)
def test_a_few_are_named(count: int, text: str) -> None:
    assert shown([Path.cwd() / f"{number}.py" for number in range(count)]) == text


def test_what_was_compiled_of_a_file_is_forgotten(tmp_path: Path) -> None:
    source, other = tmp_path / "app.py", tmp_path / "page.html"
    source.touch()
    compiled = Path(py_compile.compile(str(source), doraise=True) or "")
    assert compiled.exists()
    forget_bytecode([source, other, tmp_path / "never.py"])
    assert not compiled.exists()


@pytest.fixture
def watcher(files: Files, way: str) -> Iterator[Watcher]:
    """One in a thread, so that who measures coverage sees it."""
    ours, theirs = socket.socketpair()
    thread = threading.Thread(target=watch, args=(theirs, files, 0.01))
    thread.start()
    watching = Watcher(ours)
    try:
        yield watching
    finally:
        watching.close()
        thread.join(TIMEOUT)
        theirs.close()
        assert not thread.is_alive()


def test_a_change_is_told_once_it_watches(watcher: Watcher, tmp_path: Path) -> None:
    assert watcher.receive() == [""]
    (tmp_path / "ignored.txt").touch()
    (tmp_path / "app.py").touch()
    assert {os.path.basename(each) for each in watcher.receive() or ()} == {"app.py"}


def test_nothing_is_told_once_it_pauses_for_good(files: Files, way: str) -> None:
    assert not any(changes(files, 0.01, lambda _: False))


def test_it_ends_with_its_master(files: Files, way: str) -> None:
    master, watcher = socket.socketpair()
    master.close()
    with watcher:
        assert watch(watcher, files, 0.01) == 0


def test_the_end_of_the_process_is_told(files: Files) -> None:
    watching = start_watcher(files, 0.01, lambda work: 0)
    assert watching.receive() is None
    watching.close()
