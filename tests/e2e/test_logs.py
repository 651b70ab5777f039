"""The logs of the real command: R33, and files that are moved away."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.client import Client
from tests.e2e.command import wsgate
from tests.e2e.process import PROJECT, TIMEOUT

LONG_TARGET = "/" + "x" * 1000


def connect(address: str) -> Client:
    host, _, port = address.rpartition(":")
    return Client(socket.create_connection((host, int(port)), timeout=TIMEOUT))


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


@pytest.mark.parametrize("workers", ["1", "2"])
def test_SIGUSR1_goes_on_in_new_files(tmp_path: Path, workers: str) -> None:
    access, moved = tmp_path / "access", tmp_path / "moved"
    options = ["--access-log-file", str(access), "--log-format", "json", "--workers", workers]
    with wsgate("crew:app", *options) as command:
        with connect(command.address) as client:
            client.request(target="/first")
            client.finish()
        access.rename(moved)
        command.process.send(signal.SIGUSR1)
        # With workers the signal goes a longer way than the requests behind it.
        while not (access.exists() and access.stat().st_size):
            with connect(command.address) as client:
                client.request(target="/second")
                client.finish()
    lines = [json.loads(line) for path in (moved, access) for line in path.read_text().splitlines()]
    targets = [line["target"] for line in lines]
    assert targets[0] == "/first"
    assert set(targets[1:]) == {"/second"}
    assert {line["event"] for line in lines} == {"request"}
