"""What it is built of."""

from dataclasses import dataclass, field
from typing import Literal

from wsgate.options import option

GROUP = "Implementation"


@dataclass(frozen=True, kw_only=True)
class ImplementationSettings:
    """What it is built of."""

    http: Literal["httptools", "h11"] = field(
        default="httptools", metadata=option(GROUP, "Parser of HTTP/1.1.")
    )
    loop: Literal["auto", "uvloop", "asyncio"] = field(
        default="auto",
        metadata=option(GROUP, "Event loop; auto is uvloop where it is installed."),
    )
    malloc_keep: int = field(
        default=64 * 1024 * 1024,
        metadata=option(
            GROUP,
            "Freed memory that glibc's malloc keeps for the next large messages; "
            "0 leaves malloc as it is.",
            unit="bytes",
            minimum=0,
            maximum=2_147_483_647,
        ),
    )
