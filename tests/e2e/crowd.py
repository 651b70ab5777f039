"""Many clients of a server with workers, each with a WebSocket that stays open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from tests.client import Client
from tests.e2e.fleet import Fleet

AT_ONCE = 32
"""Clients that connect at the same time."""


class Crowd:
    """Clients by the worker that serves them."""

    def __init__(self, server: Fleet) -> None:
        self._server = server
        self._clients: list[tuple[int, Client]] = []

    def connect(self, number: int) -> None:
        """Open so many more WebSockets."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            self._clients += pool.map(self._connect, range(number))

    def reconnect(self, pid: int) -> None:
        """Open as many WebSockets as a worker took away when it ended."""
        lost = [client for server, client in self._clients if server == pid]
        self._clients = [each for each in self._clients if each[0] != pid]
        for client in lost:
            assert client.read_all() == b""
            client.sock.close()
        self.connect(len(lost))

    def served_by(self, pid: int) -> int:
        """Give the number of clients of a worker."""
        return sum(server == pid for server, _ in self._clients)

    def spread(self) -> float:
        """Give the number of clients of the busiest worker, divided by the mean."""
        counts = Counter(pid for pid, _ in self._clients)
        return max(counts.values()) * len(counts) / counts.total()

    def close(self) -> None:
        """Leave, all at once."""
        for _, client in self._clients:
            client.sock.close()

    def _connect(self, _: int) -> tuple[int, Client]:
        client = self._server.connect()
        client.open_websocket()
        return int(client.read_text()), client


@contextmanager
def crowd(server: Fleet) -> Iterator[Crowd]:
    """Let clients come, and leave at the end."""
    clients = Crowd(server)
    try:
        yield clients
    finally:
        clients.close()
