"""The running command, and what is fetched from it."""

from __future__ import annotations

import json
import os
from typing import Any

from tests.e2e.command import Served

MAX_SIZE = 65_536
MAX_FRAGMENTS = 1_000
GOOD = "https://good.example"
OPTIONS = (
    *("--ws-max-size", str(MAX_SIZE), "--ws-max-fragments", str(MAX_FRAGMENTS)),
    *("--allow-origin", GOOD, "--allow-origin", "none"),
)


class Target(Served):
    """The application tests.e2e.apps.witness on the real command."""

    def get(self, path: str) -> Any:
        """What the application answers."""
        with self.connect() as client:
            response = client.request("GET", path)
            assert response.status == 200
            return json.loads(response.body)

    def exchange(self, data: bytes) -> bytes:
        """Send bytes, and take all until the server ends the connection, without RST."""
        with self.connect() as client:
            client.send(data)
            return client.read_all()

    def statuses(self, data: bytes) -> list[int]:
        """The status codes of the answers to that, until the end."""
        lines = self.exchange(data).split(b"HTTP/1.1 ")[1:]
        return [int(line[:3]) for line in lines]

    def descriptors(self) -> int:
        """Those of the process."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))
