"""How the open connections of a server end, and how long they may last."""

from dataclasses import dataclass, field

from wsgate.options import option

GROUP = "Drain"


@dataclass(frozen=True, kw_only=True)
class DrainSettings:
    """How the open connections of a server end, and how long they may last."""

    pre_drain: float = field(
        default=0.0,
        metadata=option(
            GROUP,
            "Time after SIGTERM in which new connections are still taken, for a load balancer to "
            "notice.",
            unit="seconds",
            minimum=0,
        ),
    )
    drain_rate: float = field(
        default=100.0,
        metadata=option(
            GROUP,
            "Websockets that a worker closes in a second at its end, in random order; all within "
            "half of --timeout-graceful-shutdown.",
            unit="websockets",
            minimum=0.01,
        ),
    )
    drain_time: float = field(
        default=0.0,
        metadata=option(
            GROUP,
            "Time over which a worker spreads the closes instead, however many they are; "
            "0 goes by --drain-rate.",
            unit="seconds",
            minimum=0,
        ),
    )
    drain_code: int = field(
        default=1012,
        metadata=option(
            GROUP, "Close code of the drain.", unit="close code", minimum=1000, maximum=4999
        ),
    )
    drain_linger: float = field(
        default=0.0,
        metadata=option(
            GROUP,
            "Time for which a worker that has been replaced keeps its connections before it "
            "drains.",
            unit="seconds",
            minimum=0,
        ),
    )
    max_connection_lifetime: float = field(
        default=0.0,
        metadata=option(
            GROUP,
            "Time after which a websocket is closed as in a drain, so that the workers stay "
            "evenly loaded; 0 is for ever.",
            unit="seconds",
            minimum=0,
            by_route=True,
        ),
    )
    max_connection_lifetime_jitter: float = field(
        default=0.0,
        metadata=option(
            GROUP,
            "Up to so much is added to the lifetime of each websocket, by chance.",
            unit="seconds",
            minimum=0,
            by_route=True,
        ),
    )
