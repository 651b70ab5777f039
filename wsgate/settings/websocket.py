"""WebSockets."""

from dataclasses import dataclass, field

from wsgate.conversions import origin_list
from wsgate.options import option

GROUP = "WebSocket"


@dataclass(frozen=True, kw_only=True)
class WebSocketSettings:
    """WebSockets."""

    allow_origins: tuple[str, ...] = field(
        default=(),
        metadata=option(
            GROUP,
            'An origin that may open a websocket: https://example.com, "null", '
            '"same-origin", or "none" for clients that send no Origin; may be repeated.',
            spelling="allow_origin",
            repeatable=True,
            separator=",",
            unset="everybody",
            convert=origin_list,
            by_route=True,
        ),
    )
    ws_max_size: int = field(
        default=16 * 1024 * 1024,
        metadata=option(
            GROUP,
            "Largest message received; Close 1009 above.",
            unit="bytes",
            minimum=1,
            by_route=True,
        ),
    )
    ws_max_queue: int = field(
        default=32,
        metadata=option(
            GROUP,
            "Messages that wait for the application before reading pauses.",
            unit="messages",
            minimum=1,
            by_route=True,
        ),
    )
    ws_max_buffer: int = field(
        default=1024 * 1024,
        metadata=option(
            GROUP,
            "Bytes of messages that wait for the application before reading pauses.",
            unit="bytes",
            minimum=1,
            by_route=True,
        ),
    )
    ws_max_fragments: int = field(
        default=131_072,
        metadata=option(
            GROUP,
            "Most fragments of a message; Close 1008 above.",
            unit="fragments",
            minimum=1,
            by_route=True,
        ),
    )
    ws_max_frame_size: int | None = field(
        default=None,
        metadata=option(
            GROUP,
            "Largest frame received, as it comes; Close 1009 above.",
            unit="bytes",
            minimum=1,
            unset="as the message",
            by_route=True,
        ),
    )
    ws_write_limit: int = field(
        default=64 * 1024,
        metadata=option(
            GROUP,
            "High-water mark: send() waits while more than this waits for the peer.",
            unit="bytes",
            minimum=0,
            by_route=True,
        ),
    )
    ws_ping_interval: float = field(
        default=20.0,
        metadata=option(
            GROUP,
            "Time between two pings, made up to a fifth shorter by chance; 0 turns them off.",
            unit="seconds",
            minimum=0,
            by_route=True,
        ),
    )
    ws_ping_timeout: float = field(
        default=20.0,
        metadata=option(
            GROUP,
            "Time for a sign of life after a ping, then the peer is lost; 0 is for ever.",
            unit="seconds",
            minimum=0,
            by_route=True,
        ),
    )
    ws_idle_timeout: float = field(
        default=0.0,
        metadata=option(
            GROUP,
            "Time without a message, in either direction, after which a websocket is closed with "
            "1001, at most a quarter of it late; 0 is for ever.",
            unit="seconds",
            minimum=0,
            by_route=True,
        ),
    )
    ws_close_timeout: float = field(
        default=10.0,
        metadata=option(
            GROUP,
            "Time for the peer to answer our Close, then TCP is closed; the application has half "
            "of it to take the peer's.",
            unit="seconds",
            minimum=0.01,
            by_route=True,
        ),
    )
    ws_per_message_deflate: bool = field(
        default=True,
        metadata=option(
            GROUP, "Agree on compression (permessage-deflate) where offered.", by_route=True
        ),
    )
    ws_deflate_window_bits: int = field(
        default=12,
        metadata=option(
            GROUP,
            "Compression: how far back a message refers, as a power of two of bytes.",
            minimum=9,
            maximum=15,
            by_route=True,
        ),
    )
    ws_deflate_mem_level: int = field(
        default=5,
        metadata=option(
            GROUP,
            "Compression: memory beside the window, 1 to 9.",
            minimum=1,
            maximum=9,
            by_route=True,
        ),
    )
    ws_deflate_level: int = field(
        default=1,
        metadata=option(
            GROUP, "Compression: 1 is fast, 9 is small.", minimum=1, maximum=9, by_route=True
        ),
    )
    ws_deflate_threshold: int = field(
        default=256,
        metadata=option(
            GROUP,
            "Compression: messages below this are sent as they are.",
            unit="bytes",
            minimum=0,
            by_route=True,
        ),
    )
    ws_deflate_max_ratio: int | None = field(
        default=None,
        metadata=option(
            GROUP,
            "Compression: by how much a message received may inflate once it is over 64 KiB; Close "
            "1009 above.",
            unit="times",
            minimum=1,
            unset="as much as it can",
            by_route=True,
        ),
    )
    ws_deflate_takeover: bool = field(
        default=True,
        metadata=option(
            GROUP, "Compression: a message may refer to the ones before it.", by_route=True
        ),
    )
    ws_deflate_memory: int = field(
        default=256 * 1024 * 1024,
        metadata=option(
            GROUP,
            "Compression: memory of all connections; above it new ones keep nothing between "
            "messages.",
            unit="bytes",
            minimum=0,
        ),
    )
