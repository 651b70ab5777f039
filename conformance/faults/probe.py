"""The healthy: ``python -m conformance.faults.probe PORT PATH COUNT``.

It opens so many websockets, and says that it has. Each sends the time now and then and takes the
echo (of ``/echo``), or is sent it (in ``/room``). A line on stdin asks for a `Window`, which comes
as JSON: how long messages took since the line before.
"""

from __future__ import annotations

import asyncio
import gc
import json
import random
import sys
import time
from typing import NamedTuple, cast

import uvloop

from conformance.http.exchange import HOST
from tests.client import PING, PONG, TEXT, make_frame, make_upgrade

RATE = 1000
"""Messages a second, of all together."""

AT_ONCE = 50
"""Connections that are opened together."""


class Window(NamedTuple):
    """p50, p99: microseconds. messages: that came. lost: connections that have ended."""

    p50: float
    p99: float
    messages: int
    lost: int


class Visitor(asyncio.Protocol):
    """One websocket; its messages are times, in ns, and what is taken goes into a common list."""

    def __init__(self, path: str, took: list[int]) -> None:
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.lost = False
        self._path = path
        self._took = took
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for a websocket."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(make_upgrade(self._path))

    def data_received(self, data: bytes) -> None:
        """Take the head of the answer, then frames, all of them short."""
        now = time.monotonic_ns()
        self._rest += data
        if not self.opened.done():
            _, end, rest = self._rest.partition(b"\r\n\r\n")
            if not end:
                return
            self._rest = rest
            self.opened.set_result(None)
        while len(self._rest) > 1 and len(self._rest) >= 2 + self._rest[1]:
            opcode, end_of_frame = self._rest[0] & 0x0F, 2 + self._rest[1]
            payload, self._rest = self._rest[2:end_of_frame], self._rest[end_of_frame:]
            if opcode == TEXT:
                self._took.append(now - int(payload))
            elif opcode == PING:
                self._transport.write(make_frame(PONG, payload))

    def say(self) -> None:
        """Send the time."""
        self._transport.write(make_frame(TEXT, b"%d" % time.monotonic_ns()))

    def connection_lost(self, exc: Exception | None) -> None:
        """Take the end, which no healthy client has asked for."""
        self.lost = True
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("no websocket was opened"))


def window(took: list[int], lost: int) -> Window:
    """Put together what was measured."""
    times = sorted(took) or [0]
    p50, p99 = (times[int(part * (len(times) - 1))] / 1000 for part in (0.5, 0.99))
    return Window(p50, p99, len(took), lost)


async def _talk(visitors: list[Visitor]) -> None:
    while True:
        for visitor in random.sample(visitors, len(visitors)):
            if not visitor.lost:
                visitor.say()
            await asyncio.sleep(1 / RATE)


async def _run(port: int, path: str, count: int) -> None:
    loop = asyncio.get_running_loop()
    took: list[int] = []
    visitors = [Visitor(path, took) for _ in range(count)]
    for begin in range(0, count, AT_ONCE):
        group = visitors[begin : begin + AT_ONCE]
        await asyncio.gather(
            *(loop.create_connection(lambda each=each: each, HOST, port) for each in group)  # type: ignore[misc]
        )
        await asyncio.gather(*(each.opened for each in group))
    talking = asyncio.ensure_future(_talk(visitors)) if path == "/echo" else None
    gc.collect()
    gc.freeze()
    gc.disable()
    print("READY", flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        found = window(took, sum(each.lost for each in visitors))
        took.clear()
        print(json.dumps(found._asdict()), flush=True)
    if talking:
        talking.cancel()


if __name__ == "__main__":
    uvloop.install()
    asyncio.run(_run(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
