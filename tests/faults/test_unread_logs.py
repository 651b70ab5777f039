"""Logs that nobody reads, and peers that would fill them."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from contextlib import closing

import pytest

from tests.client import Client
from tests.e2e.command import Served, wsgate
from tests.e2e.places import PATHS
from tests.e2e.process import PROJECT, TIMEOUT

LONG_TARGET = "/" + "x" * 1000


def test_R33_requests_are_answered_though_nobody_reads_the_log(loop_kind: str) -> None:
    """Both streams are pipes that are full long before the end."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        command = [sys.executable, "-m", "wsgate", "tests.e2e.apps.crew:app", "--loop", loop_kind]
        process = subprocess.Popen(
            [*command, "--fd", str(listener.fileno())],
            cwd=PROJECT,
            pass_fds=[listener.fileno()],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        address = listener.getsockname()
    try:
        with Client(socket.create_connection(address, timeout=TIMEOUT)) as client:
            for _ in range(2000):
                assert client.request(target=LONG_TARGET).status == 200
            client.finish()
        process.send_signal(signal.SIGTERM)
        assert process.wait(TIMEOUT) == 0
    finally:
        process.kill()
        out, err = process.communicate()
    assert 30_000 < len(out) <= 65_536  # of two million bytes
    assert b"Application startup complete" in err


@pytest.mark.parametrize("path", PATHS)
def test_R33_a_peer_that_does_one_thing_wrong_all_the_time(path: str) -> None:
    """Some lines, then a count; who does nothing wrong is logged as ever."""
    with wsgate("crew:app", *PATHS[path]) as command:
        server = Served(command)
        for _ in range(100):
            with server.connect() as client:
                client.send(b"BAD\r\n\r\n")
                assert client.read_response().status == 400
            with server.connect() as client:
                assert client.request().status == 200
    log = command.process.log
    assert log.count('"GET / HTTP/1.1" 200') == 100
    assert log.count(" - refused 400: ") < 50
    assert " more of refused 400 in " in log
