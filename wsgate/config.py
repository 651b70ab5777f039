"""The configuration of a server: one frozen dataclass, from which all else is generated.

The command's options, the ``WSGATE_…`` variables and the table in the documents come from the
metadata of its fields (`wsgate.options`).
"""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from wsgate.errors import ConfigError
from wsgate.options import Option, option, option_of

DAY = 86_400.0

APPLICATION = "Application"
LISTENING = "Listening"
PROXY = "Behind a proxy"
REQUESTS = "Requests and responses"
WEBSOCKET = "WebSocket"
TIMEOUTS = "Timeouts"
LOGGING = "Logging"
IMPLEMENTATION = "Implementation"

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 5.6.2
_FIELD_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")  # RFC 9110 5.5
_FRAMING_FIELDS = {"connection", "content-length", "keep-alive", "transfer-encoding", "upgrade"}
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#@\s]+|null|same-origin|none")


def _values(value: Any, separator: str = "") -> tuple[Any, ...]:
    """A tuple of a list, a tuple or, where a separator is given, a text."""
    if isinstance(value, str) and separator:
        return tuple(part for each in value.split(separator) if (part := each.strip()))
    if not isinstance(value, list | tuple):
        raise ValueError(f"must be a list, not {value!r}")
    return tuple(value)


def _header(value: Any) -> tuple[bytes, bytes]:
    if isinstance(value, str):
        name, colon, text = value.partition(":")
        if not colon:
            raise ValueError(f'must be written "Name: value", not {value!r}')
        pair: tuple[Any, ...] = (name, text)
    else:
        pair = _values(value)
    texts = [part.decode("latin-1") if isinstance(part, bytes) else part for part in pair]
    if len(texts) != 2 or not all(isinstance(text, str) for text in texts):
        raise ValueError(f"must be a name and a value, not {value!r}")
    name, text = texts[0].lower(), texts[1].strip(" \t")
    if not _TOKEN.fullmatch(name):
        raise ValueError(f"must begin with the name of a header field, not {name!r}")
    if not _FIELD_VALUE.fullmatch(text):
        raise ValueError(f"must be one line of Latin-1 without control characters, not {text!r}")
    if name in _FRAMING_FIELDS or name.startswith("sec-websocket-"):
        raise ValueError(f"must leave {name!r} to the server, which writes it where it belongs")
    return name.encode("ascii"), text.encode("latin-1")


def _headers(value: Any) -> tuple[tuple[bytes, bytes], ...]:
    return tuple(_header(each) for each in _values(value))


def _trusted_peers(value: Any) -> tuple[str, ...]:
    peers = _values(value, separator=",")
    for peer in peers:
        if peer in ("*", "unix:"):
            continue
        try:
            ipaddress.ip_network(str(peer))
        except ValueError as error:
            raise ValueError(
                f'must list addresses, networks, "unix:" or "*", not {peer!r} ({error})'
            ) from None
    return tuple(str(peer) for peer in peers)


def _origins(value: Any) -> tuple[str, ...]:
    origins = tuple(str(each).lower() for each in _values(value))
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise ValueError(
                'must be an origin such as https://example.com, "null", "same-origin" or "none", '
                f"not {origin!r}"
            )
    return origins


def _root_path(value: Any) -> Any:
    if isinstance(value, str) and value and (value[0] != "/" or value[-1] == "/"):
        raise ValueError(f'must begin with "/" and not end with one, not {value!r}')
    return value


def _not_empty(value: Any) -> Any:
    if value == "":
        raise ValueError("must not be empty")
    return value


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
            group=APPLICATION,
            help="The application: module:attribute, for example main:app.",
            convert=_not_empty,
        )
    )
    host: str = field(
        default="127.0.0.1",
        metadata=option(
            group=LISTENING,
            help="Address or name to listen on; 0.0.0.0 is every IPv4 address, :: every IPv6 one.",
            convert=_not_empty,
        ),
    )
    port: int = field(
        default=8000,
        metadata=option(
            group=LISTENING, help="TCP port; 0 takes any free one.", minimum=0, maximum=65_535
        ),
    )
    uds: str | None = field(
        default=None,
        metadata=option(
            group=LISTENING,
            help="Listen on a unix socket at this path instead of a port.",
            convert=_not_empty,
        ),
    )
    fd: int | None = field(
        default=None,
        metadata=option(
            group=LISTENING,
            help="Listen on the socket with this file descriptor, as a parent process passes it.",
            minimum=0,
        ),
    )
    backlog: int = field(
        default=2048,
        metadata=option(
            group=LISTENING,
            help="Connections that the kernel holds until they are accepted.",
            minimum=1,
            maximum=2**31 - 1,
        ),
    )
    http: Literal["httptools", "h11"] = field(
        default="httptools", metadata=option(group=IMPLEMENTATION, help="Parser of HTTP/1.1.")
    )
    loop: Literal["auto", "uvloop", "asyncio"] = field(
        default="auto",
        metadata=option(
            group=IMPLEMENTATION, help="Event loop; auto is uvloop where it is installed."
        ),
    )
    lifespan: Literal["auto", "on", "off"] = field(
        default="auto",
        metadata=option(
            group=APPLICATION,
            help="Lifespan of the application; auto goes on where it is not supported.",
        ),
    )
    interface: Literal["auto", "asgi3", "asgi2"] = field(
        default="auto", metadata=option(group=APPLICATION, help="Version of the ASGI interface.")
    )
    factory: bool = field(
        default=False,
        metadata=option(
            group=APPLICATION,
            help="APP is a function without arguments that makes the application.",
        ),
    )
    app_dir: str = field(
        default=".",
        metadata=option(
            group=APPLICATION,
            help="Directory where APP is looked for first.",
            convert=_not_empty,
        ),
    )
    root_path: str = field(
        default="",
        metadata=option(
            group=APPLICATION,
            help="Path under which a proxy serves the application, for example /api.",
            convert=_root_path,
        ),
    )
    log_level: Literal["critical", "error", "warning", "info", "debug", "trace"] = field(
        default="info", metadata=option(group=LOGGING, help="What is logged, and all above it.")
    )
    log_config: str | dict[str, Any] | None = field(
        default=None,
        metadata=option(
            group=LOGGING,
            help="Configuration of logging: a .json, .yaml or .ini file.",
            convert=_not_empty,
        ),
    )
    access_log: bool = field(
        default=True, metadata=option(group=LOGGING, help="Log requests and websockets.")
    )
    use_colors: bool | None = field(
        default=None,
        metadata=option(group=LOGGING, help="Colours in the log.", unset="on at a terminal"),
    )
    proxy_headers: bool = field(
        default=True,
        metadata=option(
            group=PROXY,
            help="Take the client's address and scheme from X-Forwarded-For and -Proto of a "
            "trusted peer.",
        ),
    )
    forwarded_allow_ips: tuple[str, ...] = field(
        default=("127.0.0.1", "::1", "unix:"),
        metadata=option(
            group=PROXY,
            help='Peers that are trusted: addresses and networks with commas, "unix:" for those '
            'over our unix socket, "*" for everybody.',
            separator=",",
            variables=("FORWARDED_ALLOW_IPS",),
            unset="nobody",
            convert=_trusted_peers,
        ),
    )
    server_header: bool = field(
        default=True, metadata=option(group=REQUESTS, help="Send the field Server.")
    )
    date_header: bool = field(
        default=True, metadata=option(group=REQUESTS, help="Send the field Date.")
    )
    headers: tuple[tuple[bytes, bytes], ...] = field(
        default=(),
        metadata=option(
            group=REQUESTS,
            help='A field for every response, "Name: value", where the application sets none of '
            "that name; may be repeated.",
            spelling="header",
            separator="\n",
            unset="none",
            convert=_headers,
        ),
    )
    allow_origins: tuple[str, ...] = field(
        default=(),
        metadata=option(
            group=WEBSOCKET,
            help='An origin that may open a websocket: https://example.com, "null", '
            '"same-origin", or "none" for clients that send no Origin; may be repeated.',
            spelling="allow_origin",
            separator=",",
            unset="everybody",
            convert=_origins,
        ),
    )
    limit_request_line: int = field(
        default=16_384,
        metadata=option(
            group=REQUESTS, help="Longest request line; 414 above.", unit="bytes", minimum=64
        ),
    )
    limit_request_head: int = field(
        default=65_536,
        metadata=option(
            group=REQUESTS,
            help="Largest request line and fields together; 431 above.",
            unit="bytes",
            minimum=64,
        ),
    )
    limit_request_fields: int = field(
        default=128,
        metadata=option(
            group=REQUESTS, help="Most fields of a request; 431 above.", unit="fields", minimum=1
        ),
    )
    ws_max_size: int = field(
        default=16 * 1024 * 1024,
        metadata=option(
            group=WEBSOCKET,
            help="Largest message that is received; Close 1009 above.",
            unit="bytes",
            minimum=1,
        ),
    )
    ws_max_queue: int = field(
        default=32,
        metadata=option(
            group=WEBSOCKET,
            help="Messages that wait for the application before reading pauses.",
            unit="messages",
            minimum=1,
        ),
    )
    ws_max_buffer: int = field(
        default=1024 * 1024,
        metadata=option(
            group=WEBSOCKET,
            help="Bytes of messages that wait for the application before reading pauses.",
            unit="bytes",
            minimum=1,
        ),
    )
    ws_max_fragments: int = field(
        default=131_072,
        metadata=option(
            group=WEBSOCKET,
            help="Most fragments of a message; Close 1009 above.",
            unit="fragments",
            minimum=1,
        ),
    )
    ws_write_limit: int = field(
        default=64 * 1024,
        metadata=option(
            group=WEBSOCKET,
            help="High-water mark: send() waits while more than this waits for the peer.",
            unit="bytes",
            minimum=0,
        ),
    )
    ws_ping_interval: float = field(
        default=20.0,
        metadata=option(
            group=WEBSOCKET,
            help="Silence of a peer after which it is pinged; 0 turns pings off.",
            unit="seconds",
            minimum=0,
            maximum=DAY,
        ),
    )
    ws_ping_timeout: float = field(
        default=20.0,
        metadata=option(
            group=WEBSOCKET,
            help="Time for a sign of life after a ping, then the peer is lost; 0 is for ever.",
            unit="seconds",
            minimum=0,
            maximum=DAY,
        ),
    )
    ws_close_timeout: float = field(
        default=10.0,
        metadata=option(
            group=WEBSOCKET,
            help="Time for the closing handshake, then TCP is closed.",
            unit="seconds",
            minimum=0.01,
            maximum=DAY,
        ),
    )
    timeout_handshake: float = field(
        default=10.0,
        metadata=option(
            group=TIMEOUTS,
            help="Time for the head of the first request, from the accept of the connection.",
            unit="seconds",
            minimum=0.01,
            maximum=DAY,
        ),
    )
    timeout_keep_alive: float = field(
        default=5.0,
        metadata=option(
            group=TIMEOUTS,
            help="Time that an idle connection is kept for another request.",
            unit="seconds",
            minimum=0,
            maximum=DAY,
        ),
    )
    timeout_graceful_shutdown: float = field(
        default=30.0,
        metadata=option(
            group=TIMEOUTS,
            help="Time for requests and websockets to end after SIGTERM.",
            unit="seconds",
            minimum=0,
            maximum=DAY,
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
