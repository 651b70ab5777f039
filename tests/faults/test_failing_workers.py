"""Workers that die, and that never start."""

from __future__ import annotations

from contextlib import ExitStack

from tests.e2e.fleet import fleet, kill


def test_R28_a_worker_that_is_killed_is_replaced(loop_kind: str) -> None:
    with fleet("--workers", "2", "--loop", loop_kind) as server, ExitStack() as opened:
        first, second = server.wait_for_ready(2)
        clients = [opened.enter_context(server.connect()) for _ in range(8)]
        for client in clients:
            client.open_websocket()
        of_second = [client for client in clients if int(client.read_text()) == second]
        kill(first)
        third = server.wait_for_ready(3)[2]
        kill(second)
        fourth = server.wait_for_ready(4)[3]
        for client in of_second:
            assert client.read_all() == b""
        assert server.pid_of_answer() in {third, fourth}
        server.process.end()
    assert server.process.log.count("Died: ") == 2


def test_R29_starts_that_fail_end_the_master_with_3(loop_kind: str) -> None:
    with fleet("--workers", "3", "--loop", loop_kind, application="mortal:failing") as server:
        assert server.process.wait() == 3
    # One at a time, while it is not known that any can start.
    assert server.process.log.count("Application startup failed: no database") == 5
