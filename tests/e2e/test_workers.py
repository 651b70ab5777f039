"""Several workers under a master: they start, die, hang, are replaced, and end with it."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.client import PING, PONG, Frame, make_request
from tests.e2e.crowd import crowd
from tests.e2e.fleet import Fleet, command, fleet, kill, name_of
from tests.e2e.process import TIMEOUT


def accepts_all_the_time(server: Fleet, until: threading.Event, failures: list[OSError]) -> None:
    """Connect, one connection after the other, and close it with the answer or without."""
    while not until.is_set():
        try:
            with server.connect() as client:
                client.send(make_request(headers=[("Connection", "close")]))
                client.read_all()
        except OSError as error:
            failures.append(error)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_all_end_with_the_master(loop_kind: str, number: signal.Signals) -> None:
    with fleet("--workers", "2", "--loop", loop_kind) as server, server.connect() as client:
        server.wait_for_ready(2)
        client.open_websocket()
        client.read_text()
        server.process.send(number)
        assert client.read_close()[0] == 1012
        client.send_close(1012)
        assert client.read_all() == b""
        client.finish()
        assert server.process.wait() == 0
    log = server.process.log
    assert log.count("Application shutdown complete") == 2
    assert log.count("exit code 0") == 2
    assert "ERROR" not in log


def test_the_second_signal_ends_them_at_once(loop_kind: str) -> None:
    options = ("--timeout-graceful-shutdown", "3600", "--ws-close-timeout", "3600")
    with (
        fleet("--workers", "2", "--loop", loop_kind, *options) as server,
        server.connect() as client,
    ):
        client.open_websocket()
        client.read_text()
        server.process.send(signal.SIGTERM)
        client.read_close()
        server.process.send(signal.SIGTERM)
        assert server.process.wait() == 0


def test_a_worker_that_hangs_is_killed_and_replaced(loop_kind: str) -> None:
    options = ("--timeout-worker-healthcheck", "0.5")
    with fleet("--workers", "2", "--loop", loop_kind, *options) as server:
        server.wait_for_ready(2)
        with server.connect() as client:
            client.send(make_request(target="/block"))
            assert client.read_all() == b""
        server.wait_for_ready(3)
        assert "No answer for 0.5 s" in server.process.log
        server.process.end()


@pytest.mark.parametrize(
    ("application", "why", "tracebacks"),
    [
        ("nowhere:app", "there is no module tests.e2e.apps.nowhere", 0),
        ("broken:app", "RuntimeError: broken on purpose", 5),
    ],
)
def test_an_application_that_cannot_be_loaded(application: str, why: str, tracebacks: int) -> None:
    with command("--workers", "2", application=application) as process:
        assert process.wait() == 3
    assert why in process.log
    assert process.log.count("Traceback") == tracebacks


def test_SIGHUP_replaces_all_and_refuses_no_connection(loop_kind: str) -> None:
    with fleet("--workers", "2", "--loop", loop_kind) as server:
        old = server.wait_for_ready(2)
        until, failures = threading.Event(), list[OSError]()
        connecting = threading.Thread(target=accepts_all_the_time, args=(server, until, failures))
        connecting.start()
        server.process.send(signal.SIGHUP)
        new = server.wait_for_ready(4)[2:]
        server.wait_for_times(2, "Ended: ")
        until.set()
        connecting.join()
        assert failures == []
        assert {server.pid_of_answer() for _ in range(8)} <= {*new}
        assert not {*old} & {*new}
        server.process.end()
    assert "ERROR" not in server.process.log


def test_SIGHUP_does_not_wait_for_a_start_that_lasts() -> None:
    options = ("--workers", "2", "--timeout-graceful-shutdown", "0.1")
    with command(*options, application="mortal:stuck") as process:
        process.wait_for("app: starting")
        process.send(signal.SIGHUP)
        process.wait_for("(?s)app: starting.*app: starting")
        process.end()


def test_SIGUSR1_opens_the_log_files_anew(tmp_path: Path) -> None:
    log, moved = tmp_path / "error.log", tmp_path / "moved.log"
    with command("--workers", "2", "--error-log-file", str(log)) as process:
        seen_in(log, "Ready: worker 2")
        log.rename(moved)
        process.send(signal.SIGUSR1)
        seen_in(log, "")
        process.send(signal.SIGHUP)
        seen_in(log, "Ended: worker 2")
        process.end()
    # Of the master, and of a worker that was there before.
    assert "Replacing 2 workers" in log.read_text()
    assert log.read_text().count("Shutting down\n") == 4
    assert "Shutting down" not in moved.read_text()


def seen_in(path: Path, text: str) -> None:
    """Wait until a file is there and holds a text; nothing tells of that."""
    deadline = time.monotonic() + TIMEOUT
    while not (path.exists() and text in path.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_the_third_signal_kills() -> None:
    with fleet("--workers", "2", "--timeout-worker-healthcheck", "3600") as server:
        first = server.wait_for_ready(2)[0]
        kill(first, signal.SIGSTOP)  # it hears of no drain
        server.process.send(signal.SIGTERM)
        server.process.wait_for("Ended: worker 2 ")
        server.process.send(signal.SIGTERM)
        server.process.send(signal.SIGINT)
        assert server.process.wait() == 0
    assert f"Ended: worker 1 [{first}], signal 9" in server.process.log


def test_an_old_worker_lingers_and_takes_none(loop_kind: str) -> None:
    options = ("--workers", "2", "--loop", loop_kind, "--drain-linger", "3600")
    with fleet(*options) as server, server.connect() as client:
        old = server.wait_for_ready(2)
        client.open_websocket()
        assert int(client.read_text()) in old
        server.process.send(signal.SIGHUP)
        new = server.wait_for_ready(4)[2:]
        server.process.wait_for_times(2, "Shutting down")
        client.send_frame(PING, b"still here?")
        assert client.read_frame() == Frame(PONG, b"still here?")
        # What was said last is said a moment before the listeners close.
        assert any({server.pid_of_answer() for _ in range(8)} <= {*new} for _ in range(20))
        server.process.send(signal.SIGTERM)
        assert client.read_close()[0] == 1012
        client.send_close(1012)
        assert client.read_all() == b""
        client.finish()
        assert server.process.wait() == 0


def test_TTIN_and_TTOU_change_the_number(loop_kind: str) -> None:
    with fleet("--workers", "2", "--loop", loop_kind) as server:
        server.wait_for_ready(2)
        server.process.send(signal.SIGTTIN)
        third = server.wait_for_ready(3)[2]
        server.process.send(signal.SIGTTOU)
        # The youngest one has least to lose.
        server.process.wait_for(rf"Ended: worker 3 \[{third}\], exit code 0")
        server.process.send(signal.SIGTTOU)
        server.process.wait_for(r"Ended: worker 2 ")
        server.process.send(signal.SIGTTOU)
        server.wait_for_times(2, "Keeping 1 workers")
        assert server.pid_of_answer()
        server.process.end()


def test_a_worker_that_is_told_to_end_is_replaced(loop_kind: str) -> None:
    with fleet("--workers", "2", "--loop", loop_kind) as server:
        first = server.wait_for_ready(2)[0]
        kill(first, signal.SIGTERM)
        server.wait_for_ready(3)
        server.process.wait_for(rf"Ended: worker 1 \[{first}\], exit code 0")
        server.process.end()


def test_no_worker_outlives_its_master(loop_kind: str) -> None:
    with fleet("--workers", "2", "--loop", loop_kind) as server, server.connect() as client:
        server.wait_for_ready(2)
        client.open_websocket()
        client.read_text()
        server.process.send(signal.SIGKILL)
        assert client.read_close()[0] == 1012
        client.send_close(1012)
        assert client.read_all() == b""
        client.finish()
        # The log ends when the last process that could write to it has ended.
        assert server.process.wait() == -signal.SIGKILL
    assert server.process.log.count("The master is gone") == 2
    assert server.process.log.count("Application shutdown complete") == 2


def test_a_worker_that_the_system_stopped_is_killed(loop_kind: str) -> None:
    options = ("--timeout-worker-healthcheck", "0.3")
    with fleet("--workers", "2", "--loop", loop_kind, *options) as server:
        first = server.wait_for_ready(2)[0]
        kill(first, signal.SIGSTOP)  # which neither answers nor takes the signal to say where
        server.process.wait_for(rf"Died: worker 1 \[{first}\], signal 9")
        server.wait_for_ready(3)
        server.process.end()


def test_a_worker_that_hangs_does_not_outlive_its_master(loop_kind: str) -> None:
    options = ("--timeout-worker-healthcheck", "0.5")
    with fleet("--workers", "2", "--loop", loop_kind, *options) as server:
        server.wait_for_ready(2)
        with server.connect() as client:
            client.send(make_request(target="/block"))
            server.process.wait_for("app: blocks")
            server.process.send(signal.SIGKILL)
            assert server.process.wait() == -signal.SIGKILL
    assert "in block" in server.process.log  # where it hung


@pytest.mark.parametrize("websocket", [False, True], ids=["requests", "websockets"])
def test_a_worker_that_has_had_its_requests_is_replaced(loop_kind: str, websocket: bool) -> None:
    options = ("--limit-max-requests=3", "--workers-lifetime=3600", "--ws-close-timeout=0.1")
    with fleet("--loop", loop_kind, *options) as server, ExitStack() as opened:
        old = server.wait_for_ready(1)[0]
        for _ in range(3):
            client = opened.enter_context(server.connect())
            if websocket:
                client.open_websocket()
                assert int(client.read_text()) == old
            else:
                assert int(client.request().body) == old
        new = server.wait_for_ready(2)[1]
        server.process.wait_for(rf"(?s)Ready: worker 2 \[{new}\].*Ended: worker 1 \[{old}\]")
        assert server.pid_of_answer() == new
        server.process.end()
    assert "3 requests have come" in server.process.log


def test_a_server_without_a_master_ends_when_it_has_had_its_requests(loop_kind: str) -> None:
    with fleet("--limit-max-requests", "2", "--loop", loop_kind) as server:
        server.pid_of_answer()
        server.pid_of_answer()
        assert server.process.wait() == 0
    assert "master" not in server.process.log


@pytest.mark.parametrize(
    ("option", "why"),
    [("--workers-lifetime=1", "it has lived for 1 s"), ("--workers-max-rss=1M", "it holds")],
    ids=["lifetime", "memory"],
)
def test_a_worker_is_replaced_at_its_limit(option: str, why: str) -> None:
    with fleet(option) as server:
        old, new = server.wait_for_ready(2)[:2]
        server.process.wait_for(rf"Replacing worker 1 \[{old}\]: {why}")
        server.process.wait_for(rf"Ended: worker 1 \[{old}\], exit code 0")
        assert old != new
        server.process.end()


def test_the_names_of_the_processes() -> None:
    with fleet("--workers", "2") as server:
        workers = server.wait_for_ready(2)
        names = {pid: name_of(pid) for pid in (server.process.pid, *workers)}
        server.process.end()
    assert names == {
        server.process.pid: ("wsgate:master t", "wsgate: master tests.e2e.apps.crew:app"),
        workers[0]: ("wsgate:worker 1", "wsgate: worker 1"),
        workers[1]: ("wsgate:worker 2", "wsgate: worker 2"),
    }


def test_the_file_with_the_number_of_the_master(tmp_path: Path) -> None:
    path = tmp_path / "wsgate.pid"
    path.write_text("1\nleft behind")
    with fleet("--workers", "2", "--pid-file", str(path)) as server:
        server.wait_for_ready(2)
        assert path.read_text() == f"{server.process.pid}\n"
        with command("--pid-file", str(path)) as second:
            assert second.wait() == 1
            assert f"belongs to process {server.process.pid}" in second.log
        server.process.end()
    assert not path.exists()


def test_websockets_are_spread_evenly_also_after_a_restart(loop_kind: str) -> None:
    with fleet("--workers", "3", "--loop", loop_kind) as server, crowd(server) as clients:
        first = server.wait_for_ready(3)[0]
        # Of fewer, the batch that a worker is about to accept may be more than the margin.
        clients.connect(600)
        assert clients.spread() <= 1.15
        kill(first)
        server.wait_for_ready(4)
        clients.reconnect(first)
        assert clients.spread() <= 1.15
        clients.close()
        server.process.end()


def test_workers_that_hang_leave_the_others_to_accept(loop_kind: str) -> None:
    """Also one that has more than its share and would rest."""
    with fleet("--workers", "2", "--loop", loop_kind) as server, crowd(server) as clients:
        first = server.wait_for_ready(2)[0]
        kill(first, signal.SIGSTOP)
        clients.connect(20)
        kill(first, signal.SIGCONT)
        clients.close()
        server.process.end()
