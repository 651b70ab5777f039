"""Clients that lost their server, and all come back at once."""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import ExitStack

from tests.client import make_upgrade

TIMEOUT = 60
"""Seconds after which a client that is not served fails the test."""


def overflows() -> int:
    """How often a connection found the queue of a listening socket full, since the boot."""
    with open("/proc/net/netstat") as file:
        names, values = (line.split() for line in file if line.startswith("TcpExt:"))
    return int(dict(zip(names, values, strict=True))["ListenOverflows"])


def reconnect(port: int, number: int, since: float) -> list[float]:
    """Open so many WebSockets at once; give the time that each took from `since` on, in order."""
    return sorted(asyncio.run(_reconnect(port, number, since)))


async def _reconnect(port: int, number: int, since: float) -> list[float]:
    with ExitStack() as opened:
        sockets = [opened.enter_context(socket.socket()) for _ in range(number)]
        coming = asyncio.gather(*[_come(sock, port, since) for sock in sockets])
        return await asyncio.wait_for(coming, TIMEOUT)


async def _come(sock: socket.socket, port: int, since: float) -> float:
    loop = asyncio.get_running_loop()
    sock.setblocking(False)
    await loop.sock_connect(sock, ("127.0.0.1", port))
    await loop.sock_sendall(sock, make_upgrade())
    assert (await loop.sock_recv(sock, 4096)).startswith(b"HTTP/1.1 101")
    return time.monotonic() - since
