"""The logs of the real command: R33, and files that are moved away."""

from __future__ import annotations

import json
import signal
import socket
from pathlib import Path

import pytest

from tests.client import Client
from tests.e2e.command import wsgate
from tests.e2e.process import TIMEOUT

LONG_TARGET = "/" + "x" * 1000


def connect(address: str) -> Client:
    host, _, port = address.rpartition(":")
    return Client(socket.create_connection((host, int(port)), timeout=TIMEOUT))


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
