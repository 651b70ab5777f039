"""Where connections are accepted."""

from dataclasses import dataclass, field

from wsgate.conversions import bind_addresses, not_empty, octal_mode
from wsgate.options import option

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
    bind: tuple[str, ...] = field(
        default=(),
        metadata=option(
            GROUP,
            "Listen here instead: 127.0.0.1:8000, [::]:8000, unix:/run/wsgate.sock or fd://3; may "
            "be repeated.",
            repeatable=True,
            separator=",",
            convert=bind_addresses,
        ),
    )
    uds_mode: str = field(
        default="666",
        metadata=option(GROUP, "Mode of a unix socket, in octal digits.", convert=octal_mode),
    )
    uds_owner: str | None = field(
        default=None,
        metadata=option(
            GROUP,
            "Owner of a unix socket: user, user:group or :group, by name or number.",
            unset="who starts the server",
            convert=not_empty,
        ),
    )
    backlog: int = field(
        default=2048,
        metadata=option(
            GROUP, "Most connections that wait to be accepted.", minimum=1, maximum=65_535
        ),
    )
