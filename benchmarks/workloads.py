"""What is measured: the load, the application, and what the outcome has to be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from benchmarks.servers import Kind, Server


class Measure(Enum):
    """What the outcome counts, and how it is shown."""

    RATE = "a second"
    MEMORY = "bytes a connection"
    CPU = "% of a core"

    @property
    def more_is_better(self) -> bool:
        """Whether a larger outcome is the better one."""
        return self is Measure.RATE


BEST = "the best ASGI server"


@dataclass(frozen=True, slots=True)
class Goal:
    """How many times better than `against` wsgate has to be, and ought to be.

    Without `against`, the most that the outcome itself may be. of: which form of wsgate.
    """

    must: float
    aim: float
    against: str = BEST
    of: str = "wsgate"


@dataclass(frozen=True, slots=True)
class Workload:
    """mode: of the generator. size: bytes of a message.

    at_least: seconds that are measured; of memory, that connections are idle before that.
    """

    name: str
    title: str
    connections: int
    in_flight: int = 1
    size: int = 32
    mode: str = "echo"
    path: str = "/echo"
    application: str = "benchmarks.applications:app"
    compress: bool = False
    measure: Measure = Measure.RATE
    kinds: frozenset[Kind] = frozenset(Kind)
    at_least: float = 0
    goals: tuple[Goal, ...] = ()

    def suits(self, server: Server) -> bool:
        """Whether the server can be asked for it."""
        return server.kind in self.kinds and (not self.compress or server.compressed is not None)


RELEASED = 45.0
"""Seconds in which a server may find out what a connection needs no more, and give it back."""

ASGI = frozenset({Kind.ASGI})
WEBSOCKET = frozenset({Kind.ASGI, Kind.LIBRARY})


def _echo(connections: int, in_flight: int, size: int, unit: str = "", *goals: Goal) -> Workload:
    scale = {"": 1, "K": 1 << 10, "M": 1 << 20}[unit]
    return Workload(
        f"{connections}x{in_flight}x{size}{unit}",
        f"Echo, {connections} × {in_flight} × {size} {unit + 'iB' if unit else 'B'}",
        connections,
        in_flight,
        size * scale,
        goals=goals,
    )


def _idle(connections: int, *, compress: bool, goals: tuple[Goal, ...] = ()) -> Workload:
    return Workload(
        f"memory-{connections}{'-deflate' if compress else ''}",
        f"Memory of {connections:,} idle connections"
        f"{f', compression agreed, after {RELEASED:.0f} s' * compress}",
        connections,
        mode="idle",
        size=1024 if compress else 32,
        compress=compress,
        measure=Measure.MEMORY,
        kinds=ASGI if compress else WEBSOCKET,
        at_least=RELEASED if compress else 0,
        goals=goals,
    )


def _framework(name: str, *goals: Goal) -> Workload:
    return Workload(
        name.lower(),
        f"Echo through {name}, 64 × 1 × 32 B",
        64,
        application=f"benchmarks.{name.lower()}_app:app",
        kinds=ASGI,
        goals=goals,
    )


WORKLOADS = (
    _echo(
        *(64, 1, 32, ""),
        Goal(1.6, 2.2),
        Goal(0, 0.85, "uvloop"),
        Goal(0.7, 0.7, "wsgate", of="wsgate-plain"),
    ),
    _echo(64, 16, 32, "", Goal(4.5, 8)),
    _echo(64, 1, 1, "K", Goal(1.5, 1.7)),
    _echo(64, 1, 16, "K", Goal(1.3, 1.6)),
    _echo(4, 1, 1, "M", Goal(1.3, 1.6)),
    _echo(1, 1, 32, "", Goal(0.95, 0.95, "uvicorn"), Goal(0, 1, "uvloop")),
    _echo(1000, 1, 32, "", Goal(1.3, 1.9)),
    Workload(
        "handshakes",
        "Handshakes, 64 at once",
        64,
        mode="open",
        kinds=WEBSOCKET,
        goals=(Goal(0.9, 1.2, "socketify"), Goal(4, 4, "uvicorn")),
    ),
    Workload(
        "broadcast",
        "Broadcast to 500, deliveries",
        500,
        mode="broadcast",
        path="/broadcast",
        kinds=ASGI,
        goals=(Goal(1.3, 1.7),),
    ),
    Workload(
        "deflate",
        "Echo, compressed, 64 × 1 × 1 KiB of JSON",
        64,
        size=1024,
        compress=True,
        kinds=ASGI,
        goals=(Goal(1.5, 2, "uvicorn"),),
    ),
    Workload(
        "http",
        "HTTP on 64 kept connections",
        64,
        mode="http",
        path="/hello",
        kinds=ASGI,
        goals=(Goal(1, 1.2, "uvicorn"), Goal(1, 1.2, "granian")),
    ),
    _idle(2_000, compress=False, goals=(Goal(6_500, 5_000, ""),)),
    _idle(10_000, compress=False, goals=(Goal(6_500, 5_000, ""),)),
    _idle(2_000, compress=True, goals=(Goal(9_000, 7_000, ""),)),
    _idle(10_000, compress=True, goals=(Goal(9_000, 7_000, ""),)),
    Workload(
        "pings",
        "CPU of 5,000 idle connections with pings",
        5_000,
        mode="idle",
        measure=Measure.CPU,
        kinds=WEBSOCKET,
        at_least=20,
    ),
    _framework("Starlette"),
    _framework("FastAPI", Goal(1.4, 1.4, "uvicorn")),
)
BY_NAME = {workload.name: workload for workload in WORKLOADS}
