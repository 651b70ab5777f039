"""Where connections are accepted."""

from dataclasses import dataclass, field

from wsgate.options import not_empty, option

GROUP = "Listening"


@dataclass(frozen=True, kw_only=True)
class ListeningSettings:
    """Where connections are accepted."""

    host: str = field(
        default="127.0.0.1",
        metadata=option(
            GROUP,
            "Address or name to listen on; 0.0.0.0 is every IPv4 address, :: every IPv6 one.",
            convert=not_empty,
        ),
    )
    port: int = field(
        default=8000,
        metadata=option(GROUP, "TCP port; 0 takes any free one.", minimum=0, maximum=65_535),
    )
    uds: str | None = field(
        default=None,
        metadata=option(
            GROUP, "Listen on a unix socket at this path instead of a port.", convert=not_empty
        ),
    )
    fd: int | None = field(
        default=None,
        metadata=option(
            GROUP,
            "Listen on the socket with this file descriptor, as a parent process passes it.",
            minimum=0,
            maximum=1_048_576,
        ),
    )
    backlog: int = field(
        default=2048,
        metadata=option(
            GROUP, "Most connections that wait to be accepted.", minimum=1, maximum=65_535
        ),
    )
