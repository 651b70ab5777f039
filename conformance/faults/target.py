"""The server that is attacked: where it is, and what it holds."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from benchmarks import processes
from conformance.faults.application import Counts
from conformance.faults.peer import Peer, counts
from tests.client import TEXT, make_frame

SETTLED = 20
"""Echoes, one after the other, after which what came before them has been read."""

REST = 25.0
"""Seconds in which a server finds out, and forgets: longer than the pings of any are apart."""


@dataclass(frozen=True, slots=True)
class Target:
    """process: the first of the server's family; port: where it listens."""

    process: int
    port: int

    def memory(self) -> int:
        """Give the anonymous memory of all its processes, in bytes."""
        return processes.memory(self.process)

    async def settle(self) -> None:
        """Wait until the server has read what was sent before."""
        with await Peer.open(self.port) as peer:
            for _ in range(SETTLED):
                peer.send(make_frame(TEXT, b"settled"))
                await peer.read_frame()

    async def counts_at_rest(self) -> Counts:
        """Give what it has when it has been left alone."""
        await asyncio.sleep(REST)
        return await counts(self.port)
