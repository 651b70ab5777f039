"""--reload: a change of a file starts the application anew, and no mistake ends the server."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.fleet import Fleet, children_of, kill, name_of
from tests.e2e.process import Process

APPLICATION = """
async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"NAME"})
    elif scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        while True:
            await receive()
"""


SECOND = 1_800_000_000_000_000_000
"""When the files were written, in nanoseconds: what Python compiled of one could serve for another
of the same length."""

names = ["one", "two", "mended"]


@pytest.fixture(autouse=True)
def compiled_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)


def write(directory: Path, name: str) -> None:
    path, written = directory / "new", SECOND + names.index(name)
    path.write_text(APPLICATION.replace("NAME", name))
    os.utime(path, ns=(written, written))
    path.replace(directory / "reloaded.py")


@contextmanager
def reloading(directory: Path, *options: str) -> Iterator[Fleet]:
    command = [sys.executable, "-m", "wsgate", "reloaded:app", "--port", "0", "--reload"]
    places = ["--app-dir", str(directory), "--reload-dir", str(directory)]
    process = Process([*command, *places, "--reload-delay", "0.05", *options])
    try:
        yield Fleet(process)
    finally:
        process.let_go()


def answer(server: Fleet) -> bytes:
    with server.connect() as client:
        return client.request(headers=[("Connection", "close")]).body


@pytest.mark.once
def test_a_change_is_loaded_and_open_websockets_do_not_hold_it_up(tmp_path: Path) -> None:
    write(tmp_path, "one")
    with reloading(tmp_path) as server, server.connect() as client:
        server.wait_for_ready(1)
        assert answer(server) == b"one"
        client.open_websocket()
        write(tmp_path, "two")
        # The application never takes its disconnect, and the client never answers.
        server.wait_for_ready(2)
        assert answer(server) == b"two"
        server.wait_for_times(1, "Ended: ")
        server.process.end()
    assert "reloaded.py changed" in server.process.log


@pytest.mark.once
def test_after_a_mistake_the_next_change_is_waited_for(tmp_path: Path) -> None:
    (tmp_path / "reloaded.py").write_text("app = (")
    with reloading(tmp_path, "--workers", "2") as server:
        server.process.wait_for("Waiting for a file to change")
        write(tmp_path, "mended")
        server.wait_for_ready(2)
        assert answer(server) == b"mended"
        server.process.end(signal.SIGINT)
    assert "'(' was never closed" in server.process.log


@pytest.mark.once
def test_without_its_watcher_the_server_goes_on_as_it_is(tmp_path: Path) -> None:
    write(tmp_path, "one")
    with reloading(tmp_path) as server:
        (worker,) = server.wait_for_ready(1)
        (watcher,) = children_of(server.process.pid) - {worker}
        assert name_of(watcher)[1].startswith("wsgate: watcher")
        kill(watcher)
        server.process.wait_for("No file is watched any more")
        assert answer(server) == b"one"
        server.process.end()


@pytest.mark.once
def test_a_directory_that_is_none(tmp_path: Path) -> None:
    process = Process(
        [sys.executable, "-m", "wsgate", "a:b", "--reload", "--reload-dir", str(tmp_path / "x")]
    )
    try:
        assert process.wait() == 2
        assert "is no directory" in process.log
        assert "Traceback" not in process.log
    finally:
        process.let_go()
