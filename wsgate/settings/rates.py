"""How fast a websocket's peer may send, and how slowly it may read."""

from dataclasses import dataclass, field

from wsgate.options import option

GROUP = "WebSocket rates"


@dataclass(frozen=True, kw_only=True)
class RateSettings:
    """How fast a websocket's peer may send, and how slowly it may read."""

    ws_message_rate: float = field(
        default=0.0,
        metadata=option(
            GROUP,
            "Messages that a peer may send in a second; reading pauses above.",
            unit="messages",
            minimum=0,
            unset="off",
            by_route=True,
        ),
    )
    ws_byte_rate: int = field(
        default=0,
        metadata=option(
            GROUP,
            "Bytes that a peer may send in a second, as they come; reading pauses above.",
            unit="bytes",
            minimum=0,
            unset="off",
            by_route=True,
        ),
    )
    ws_control_rate: float = field(
        default=0.0,
        metadata=option(
            GROUP,
            "Pings and pongs that a peer may send in a second; reading pauses above.",
            unit="frames",
            minimum=0,
            unset="off",
            by_route=True,
        ),
    )
    ws_rate_timeout: float = field(
        default=10.0,
        metadata=option(
            GROUP,
            "Time for which a peer may be held back so without a break, then Close 1008; 0 is for "
            "ever.",
            unit="seconds",
            minimum=0,
            by_route=True,
        ),
    )
    ws_write_timeout: float = field(
        default=30.0,
        metadata=option(
            GROUP,
            "Time in which what waits for the peer, over --ws-write-limit, has to become less; the "
            "connection is cut then; 0 is for ever.",
            unit="seconds",
            minimum=0,
            by_route=True,
        ),
    )
