"""Who is let in, before the application runs."""

from dataclasses import dataclass, field

from wsgate.options import option

GROUP = "Admission"


@dataclass(frozen=True, kw_only=True)
class AdmissionSettings:
    """Who is let in, before the application runs."""

    limit_concurrency: int | None = field(
        default=None,
        metadata=option(
            GROUP,
            "Most requests and websockets of a worker at a time; 503 above.",
            unit="requests",
            minimum=1,
            unset="no limit",
        ),
    )
    limit_connections: int | None = field(
        default=None,
        metadata=option(
            GROUP,
            "The same of all workers together; 503 above.",
            unit="requests",
            minimum=1,
            unset="no limit",
        ),
    )
    limit_connections_per_client: int | None = field(
        default=None,
        metadata=option(
            GROUP,
            "Most requests and websockets of one client address at a time, as a trusted proxy "
            "names it, or of one /64 of IPv6, in a worker; 429 above.",
            unit="requests",
            minimum=1,
            unset="no limit",
            by_route=True,
        ),
    )
    limit_connections_per_path: int | None = field(
        default=None,
        metadata=option(
            GROUP,
            "Most websockets with the same path at a time, in a worker; 503 above.",
            unit="websockets",
            minimum=1,
            unset="no limit",
            by_route=True,
        ),
    )
    limit_handshakes: int | None = field(
        default=None,
        metadata=option(
            GROUP,
            "Most websockets that wait for the application to accept them at a time, in a worker; "
            "503 above.",
            unit="websockets",
            minimum=1,
            unset="no limit",
            by_route=True,
        ),
    )
    limit_handshake_rate: float | None = field(
        default=None,
        metadata=option(
            GROUP,
            "Most websockets a second, in a worker; 503 above. Those of a second may come at once.",
            unit="a second",
            minimum=0.1,
            unset="no limit",
            by_route=True,
        ),
    )
