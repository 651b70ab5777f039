"""Worker processes behind one address, and when one is replaced."""

from dataclasses import dataclass, field

from wsgate.conversions import not_empty
from wsgate.options import option

GROUP = "Workers"


@dataclass(frozen=True, kw_only=True)
class WorkerSettings:
    """Worker processes behind one address, and when one is replaced."""

    workers: int = field(
        default=1,
        metadata=option(
            GROUP,
            "Processes that serve; a master process watches over them where there are several.",
            unit="processes",
            minimum=1,
            maximum=256,
            variables=("WEB_CONCURRENCY",),
        ),
    )
    timeout_worker_healthcheck: float = field(
        default=5.0,
        metadata=option(
            GROUP,
            "Time for a worker to answer its master; one whose event loop is blocked for longer "
            "is killed and replaced.",
            unit="seconds",
            minimum=0.1,
        ),
    )
    limit_max_requests: int | None = field(
        default=None,
        metadata=option(
            GROUP,
            "Requests and websockets after which a worker is replaced; without a master the server "
            "ends.",
            unit="requests",
            minimum=1,
            unset="no limit",
        ),
    )
    limit_max_requests_jitter: int = field(
        default=0,
        metadata=option(
            GROUP,
            "Up to so many are added to that by chance, for each worker anew.",
            unit="requests",
            minimum=0,
        ),
    )
    workers_lifetime: float | None = field(
        default=None,
        metadata=option(
            GROUP,
            "Time after which a worker is replaced.",
            unit="seconds",
            minimum=1,
            unset="no limit",
        ),
    )
    workers_max_rss: int | None = field(
        default=None,
        metadata=option(
            GROUP,
            "Resident memory above which a worker is replaced.",
            unit="bytes",
            minimum=1,
            unset="no limit",
        ),
    )
    pid_file: str | None = field(
        default=None,
        metadata=option(
            GROUP,
            "File for the number of the process that takes signals, the master if there is one.",
            convert=not_empty,
        ),
    )
