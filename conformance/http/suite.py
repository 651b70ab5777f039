"""All vectors against one server."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Sequence

from conformance.http.answers import statuses
from conformance.http.exchange import HOST, exchange
from conformance.http.proxy import NaiveProxy
from conformance.http.servers import Server, running
from conformance.http.vector import Behind, Call, End, Vector
from conformance.http.verdict import Outcome, judge

AT_ONCE = 16
"""Connections that are open together, beside those that stall."""

PATIENCE = 5.0
"""Seconds without a byte, after which a server is taken to wait for more."""

STALL = 35.0
"""Seconds that a server has to end a connection on which nothing more comes."""

Verdicts = dict[str, str]
"""By the id of the vector."""

Came = tuple[bytes, End, int]
"""Bytes and end of a connection, and the port under which the application knows it."""


def run(server: Server, vectors: Sequence[Vector], *options: str) -> Verdicts:
    """Start a server, send all vectors and judge what comes of each."""
    with running(server, *options) as port:
        came = asyncio.run(_send_all(port, vectors))
        with urllib.request.urlopen(f"http://{HOST}:{port}/calls") as response:
            calls = json.load(response)
    return {
        vector.id: judge(vector, _outcome(vector, each, calls))
        for vector, each in zip(vectors, came, strict=True)
    }


async def _send_all(port: int, vectors: Sequence[Vector]) -> list[Came]:
    room = asyncio.Semaphore(AT_ONCE)

    async def send(vector: Vector) -> Came:
        if vector.behind is Behind.SILENCE:
            return await exchange(port, vector, STALL)
        async with room:
            if vector.proxied:
                return await _send_proxied(port, vector)
            return await exchange(port, vector, PATIENCE)

    return await asyncio.gather(*map(send, vectors))


async def _send_proxied(port: int, vector: Vector) -> Came:
    async with NaiveProxy(port).listening() as proxy:
        received, end, _ = await exchange(proxy.port, vector, PATIENCE)
    return received, end, proxy.backend_port


def _outcome(vector: Vector, came: Came, calls: dict[str, list[dict[str, object]]]) -> Outcome:
    received, end, port = came
    methods = [call.method for call in vector.expected[0].calls]
    return Outcome(
        statuses(received, methods),
        end,
        tuple(_call(**each) for each in calls.get(str(port), ())),
    )


def _call(**seen: object) -> Call:
    names = seen["names"]
    assert isinstance(names, list)
    return Call(**{**seen, "names": frozenset(names)})  # type: ignore[arg-type]
