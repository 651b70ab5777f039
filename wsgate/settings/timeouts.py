"""How long things may take."""

from dataclasses import dataclass, field

from wsgate.options import option

GROUP = "Timeouts"


@dataclass(frozen=True, kw_only=True)
class TimeoutSettings:
    """How long things may take."""

    timeout_handshake: float = field(
        default=10.0,
        metadata=option(
            GROUP,
            "Time for the head of the first request, from the accept of the connection.",
            unit="seconds",
            minimum=0.01,
        ),
    )
    timeout_accept: float = field(
        default=30.0,
        metadata=option(
            GROUP,
            "Time for the application to accept or refuse a websocket; 503 then; 0 is for ever.",
            unit="seconds",
            minimum=0,
            by_route=True,
        ),
    )
    timeout_request_body: float = field(
        default=60.0,
        metadata=option(
            GROUP,
            "Time for the next piece of a request's body; 408 then; 0 is for ever.",
            unit="seconds",
            minimum=0,
        ),
    )
    timeout_write: float = field(
        default=60.0,
        metadata=option(
            GROUP,
            "Time for the client to take some of a response that waits for it; the connection is "
            "cut then; 0 is for ever.",
            unit="seconds",
            minimum=0,
        ),
    )
    timeout_keep_alive: float = field(
        default=5.0,
        metadata=option(
            GROUP,
            "Time that an idle connection is kept for another request; 0 closes it at once.",
            unit="seconds",
            minimum=0,
        ),
    )
    timeout_graceful_shutdown: float = field(
        default=30.0,
        metadata=option(
            GROUP,
            "Time for requests and websockets to end after SIGTERM.",
            unit="seconds",
            minimum=0,
        ),
    )
