"""A network of two ends, of which one can be pulled: what is sent then is answered by nobody."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.e2e.process import TIMEOUT
from tests.programs import require

NEW_NETWORK = 0x40000000
"""CLONE_NEWNET of setns(2)."""


class Cable:
    """Between this machine and a network namespace."""

    def __init__(self, ip: str, name: str, subnet: str) -> None:
        self._ip = ip
        self._name = name
        self.here = f"{subnet}.1"
        self._there = f"{subnet}.2"

    def lay(self) -> None:
        """Set up both ends."""
        ends = (f"{self._name}a", f"{self._name}b")
        for command in (
            f"link add {ends[0]} type veth peer name {ends[1]} netns {self._name}",
            f"addr add {self.here}/30 dev {ends[0]}",
            f"link set {ends[0]} up",
            f"-n {self._name} addr add {self._there}/30 dev {ends[1]}",
            f"-n {self._name} link set {ends[1]} up",
        ):
            self._run(command)

    def pull(self) -> None:
        """Cut the far end off, without a word to either."""
        self._run(f"-n {self._name} link set {self._name}b down")

    def remove(self) -> None:
        """Take both ends away: a namespace lives on while anything in it does."""
        self._run(f"link del {self._name}a")

    def connect(self, port: int) -> socket.socket:
        """Connect from the far end: a socket stays where it was made."""
        sockets: list[socket.socket] = []
        far = threading.Thread(target=self._connect, args=(port, sockets))
        far.start()
        far.join()
        return sockets[0]

    def _connect(self, port: int, sockets: list[socket.socket]) -> None:
        with open(f"/run/netns/{self._name}") as namespace:
            libc = ctypes.CDLL(None, use_errno=True)
            assert libc.setns(namespace.fileno(), NEW_NETWORK) == 0
        sockets.append(socket.create_connection((self.here, port), TIMEOUT))

    def _run(self, command: str) -> None:
        subprocess.run([self._ip, *command.split()], check=True, capture_output=True)


@contextmanager
def cable() -> Iterator[Cable]:
    """Lay a cable; the test is skipped where that is not allowed."""
    ip, name = require("ip", "iproute2"), f"wsg{os.getpid()}"
    made = subprocess.run([ip, "netns", "add", name], capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"a network namespace needs root: {made.stderr.strip()}")
    try:
        high, low = divmod(os.getpid(), 256)  # several of these tests may run at a time
        laid = Cable(ip, name, f"10.{64 + high % 64}.{low}")
        laid.lay()
        try:
            yield laid
        finally:
            laid.remove()
    finally:
        subprocess.run([ip, "netns", "del", name], check=True, capture_output=True)
