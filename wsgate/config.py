"""The configuration of a server: one frozen dataclass, from which all else is generated.

The command's options, the ``WSGATE_…`` variables and the table in the documents come from the
metadata of its fields (`wsgate.options`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from wsgate.errors import ConfigError
from wsgate.options import (
    Option,
    application,
    header_fields,
    mount_path,
    not_empty,
    option,
    option_of,
    origin_list,
    trusted_peers,
)

APPLICATION = "Application"
LISTENING = "Listening"
PROXY = "Behind a proxy"
REQUESTS = "Requests and responses"
WEBSOCKET = "WebSocket"
TIMEOUTS = "Timeouts"
LOGGING = "Logging"
IMPLEMENTATION = "Implementation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All settings of a server. Sizes are in bytes, durations in seconds.

    The sequences are kept as tuples and may be given as lists; `forwarded_allow_ips` also as one
    text with commas, and each of `headers` also as ``"Name: value"`` or as a pair of str: they are
    kept as pairs of bytes with lower-case names. Raises ConfigError with a sentence that names the
    option.
    """

    app: str | Callable[..., Any] = field(
        metadata=option(
            APPLICATION,
            "The application: module:attribute, for example main:app.",
            unset="required",
            positional=True,
            convert=application,
        )
    )
    host: str = field(
        default="127.0.0.1",
        metadata=option(
            LISTENING,
            "Address or name to listen on; 0.0.0.0 is every IPv4 address, :: every IPv6 one.",
            convert=not_empty,
        ),
    )
    port: int = field(
        default=8000,
        metadata=option(LISTENING, "TCP port; 0 takes any free one.", minimum=0, maximum=65_535),
    )
    uds: str | None = field(
        default=None,
        metadata=option(
            LISTENING, "Listen on a unix socket at this path instead of a port.", convert=not_empty
        ),
    )
    fd: int | None = field(
        default=None,
        metadata=option(
            LISTENING,
            "Listen on the socket with this file descriptor, as a parent process passes it.",
            minimum=0,
            maximum=1_048_576,
        ),
    )
    backlog: int = field(
        default=2048,
        metadata=option(
            LISTENING, "Most connections that wait to be accepted.", minimum=1, maximum=65_535
        ),
    )
    http: Literal["httptools", "h11"] = field(
        default="httptools", metadata=option(IMPLEMENTATION, "Parser of HTTP/1.1.")
    )
    loop: Literal["auto", "uvloop", "asyncio"] = field(
        default="auto",
        metadata=option(IMPLEMENTATION, "Event loop; auto is uvloop where it is installed."),
    )
    malloc_keep: int = field(
        default=64 * 1024 * 1024,
        metadata=option(
            IMPLEMENTATION,
            "Freed memory that glibc's malloc keeps for the next large messages; "
            "0 leaves malloc as it is.",
            unit="bytes",
            minimum=0,
            maximum=2_147_483_647,
        ),
    )
    lifespan: Literal["auto", "on", "off"] = field(
        default="auto",
        metadata=option(
            APPLICATION, "Lifespan of the application; auto goes on where it is not supported."
        ),
    )
    interface: Literal["auto", "asgi3", "asgi2"] = field(
        default="auto", metadata=option(APPLICATION, "Version of the ASGI interface.")
    )
    factory: bool = field(
        default=False,
        metadata=option(
            APPLICATION, "APP is a function without arguments that makes the application."
        ),
    )
    app_dir: str = field(
        default=".",
        metadata=option(APPLICATION, "Directory where APP is looked for first.", convert=not_empty),
    )
    root_path: str = field(
        default="",
        metadata=option(
            APPLICATION,
            "Path under which a proxy serves the application, for example /api.",
            convert=mount_path,
        ),
    )
    log_level: Literal["critical", "error", "warning", "info", "debug", "trace"] = field(
        default="info", metadata=option(LOGGING, "What is logged, and all above it.")
    )
    log_config: str | dict[str, Any] | None = field(
        default=None,
        metadata=option(
            LOGGING, "Configuration of logging: a .json, .yaml or .ini file.", convert=not_empty
        ),
    )
    access_log: bool = field(default=True, metadata=option(LOGGING, "Log requests and websockets."))
    use_colors: bool | None = field(
        default=None, metadata=option(LOGGING, "Colours in the log.", unset="on at a terminal")
    )
    proxy_headers: bool = field(
        default=True,
        metadata=option(
            PROXY, "Take client and scheme from X-Forwarded-For and -Proto of a trusted peer."
        ),
    )
    forwarded_allow_ips: tuple[str, ...] = field(
        default=("127.0.0.1", "::1", "unix:"),
        metadata=option(
            PROXY,
            'Peers that are trusted: addresses and networks with commas, "unix:" for those '
            'over our unix socket, "*" for everybody.',
            separator=",",
            variables=("FORWARDED_ALLOW_IPS",),
            unset="nobody",
            convert=trusted_peers,
        ),
    )
    server_header: bool = field(default=True, metadata=option(REQUESTS, "Send the field Server."))
    date_header: bool = field(default=True, metadata=option(REQUESTS, "Send the field Date."))
    headers: tuple[tuple[bytes, bytes], ...] = field(
        default=(),
        metadata=option(
            REQUESTS,
            'A field for every response, "Name: value", where the application sets none of '
            "that name; may be repeated.",
            spelling="header",
            repeatable=True,
            separator="\n",
            unset="none",
            convert=header_fields,
        ),
    )
    allow_origins: tuple[str, ...] = field(
        default=(),
        metadata=option(
            WEBSOCKET,
            'An origin that may open a websocket: https://example.com, "null", '
            '"same-origin", or "none" for clients that send no Origin; may be repeated.',
            spelling="allow_origin",
            repeatable=True,
            separator=",",
            unset="everybody",
            convert=origin_list,
        ),
    )
    limit_request_line: int = field(
        default=16_384,
        metadata=option(REQUESTS, "Longest request line; 414 above.", unit="bytes", minimum=64),
    )
    limit_request_head: int = field(
        default=65_536,
        metadata=option(
            REQUESTS, "Largest line and fields together; 431 above.", unit="bytes", minimum=64
        ),
    )
    limit_request_fields: int = field(
        default=128,
        metadata=option(REQUESTS, "Most fields of a request; 431 above.", unit="fields", minimum=1),
    )
    ws_max_size: int = field(
        default=16 * 1024 * 1024,
        metadata=option(
            WEBSOCKET, "Largest message received; Close 1009 above.", unit="bytes", minimum=1
        ),
    )
    ws_max_queue: int = field(
        default=32,
        metadata=option(
            WEBSOCKET,
            "Messages that wait for the application before reading pauses.",
            unit="messages",
            minimum=1,
        ),
    )
    ws_max_buffer: int = field(
        default=1024 * 1024,
        metadata=option(
            WEBSOCKET,
            "Bytes of messages that wait for the application before reading pauses.",
            unit="bytes",
            minimum=1,
        ),
    )
    ws_max_fragments: int = field(
        default=131_072,
        metadata=option(
            WEBSOCKET, "Most fragments of a message; Close 1008 above.", unit="fragments", minimum=1
        ),
    )
    ws_write_limit: int = field(
        default=64 * 1024,
        metadata=option(
            WEBSOCKET,
            "High-water mark: send() waits while more than this waits for the peer.",
            unit="bytes",
            minimum=0,
        ),
    )
    ws_ping_interval: float = field(
        default=20.0,
        metadata=option(
            WEBSOCKET,
            "Time between two pings, made up to a fifth shorter by chance; 0 turns them off.",
            unit="seconds",
            minimum=0,
        ),
    )
    ws_ping_timeout: float = field(
        default=20.0,
        metadata=option(
            WEBSOCKET,
            "Time for a sign of life after a ping, then the peer is lost; 0 is for ever.",
            unit="seconds",
            minimum=0,
        ),
    )
    ws_close_timeout: float = field(
        default=10.0,
        metadata=option(
            WEBSOCKET,
            "Time for the peer to answer our Close, then TCP is closed; the application has half "
            "of it to take the peer's.",
            unit="seconds",
            minimum=0.01,
        ),
    )
    ws_per_message_deflate: bool = field(
        default=True,
        metadata=option(WEBSOCKET, "Agree on compression (permessage-deflate) where offered."),
    )
    ws_deflate_window_bits: int = field(
        default=12,
        metadata=option(
            WEBSOCKET,
            "Compression: how far back a message refers, as a power of two of bytes.",
            minimum=9,
            maximum=15,
        ),
    )
    ws_deflate_mem_level: int = field(
        default=5,
        metadata=option(
            WEBSOCKET, "Compression: memory beside the window, 1 to 9.", minimum=1, maximum=9
        ),
    )
    ws_deflate_level: int = field(
        default=1,
        metadata=option(WEBSOCKET, "Compression: 1 is fast, 9 is small.", minimum=1, maximum=9),
    )
    ws_deflate_threshold: int = field(
        default=256,
        metadata=option(
            WEBSOCKET,
            "Compression: messages below this are sent as they are.",
            unit="bytes",
            minimum=0,
        ),
    )
    ws_deflate_takeover: bool = field(
        default=True,
        metadata=option(WEBSOCKET, "Compression: a message may refer to the ones before it."),
    )
    ws_deflate_memory: int = field(
        default=256 * 1024 * 1024,
        metadata=option(
            WEBSOCKET,
            "Compression: memory of all connections; above it new ones keep nothing between "
            "messages.",
            unit="bytes",
            minimum=0,
        ),
    )
    timeout_handshake: float = field(
        default=10.0,
        metadata=option(
            TIMEOUTS,
            "Time for the head of the first request, from the accept of the connection.",
            unit="seconds",
            minimum=0.01,
        ),
    )
    timeout_keep_alive: float = field(
        default=5.0,
        metadata=option(
            TIMEOUTS,
            "Time that an idle connection is kept for another request; 0 closes it at once.",
            unit="seconds",
            minimum=0,
        ),
    )
    timeout_graceful_shutdown: float = field(
        default=30.0,
        metadata=option(
            TIMEOUTS,
            "Time for requests and websockets to end after SIGTERM.",
            unit="seconds",
            minimum=0,
        ),
    )

    def __post_init__(self) -> None:
        for each in OPTIONS:
            try:
                value = each.validate(getattr(self, each.name))
            except ValueError as error:
                raise ConfigError(f"{each.flag} {error}") from None
            object.__setattr__(self, each.name, value)
        if self.uds is not None and self.fd is not None:
            raise ConfigError("--uds and --fd exclude each other: give one of them")


OPTIONS: tuple[Option, ...] = tuple(option_of(each) for each in fields(Config))
"""Every option, in the order of the fields."""
