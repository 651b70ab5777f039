"""Worker processes behind one address, and when one is replaced."""

from dataclasses import dataclass, field

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
