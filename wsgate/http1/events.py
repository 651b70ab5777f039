"""What the reader of requests hands out, one at a time and in the order of the stream."""

from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

Headers: TypeAlias = list[tuple[bytes, bytes]]
"""Fields of a message: names lower-case, order and duplicates kept."""


@dataclass(init=False, slots=True)
class Request:
    """A request whose head was found correct.

    ``path`` is raw (percent-encoded) and has no query; it is ``b"*"`` for ``OPTIONS *``.
    ``query`` is what follows the first question mark, or empty. In ``headers``, Host is the
    authority of the target where the target is in absolute-form (RFC 9112 section 3.2.2).
    """

    method: str
    path: bytes
    query: bytes
    http_version: str
    headers: Headers
    keep_alive: bool
    """The client allows another request after this one."""
    expect_continue: bool
    """The client waits for a 100 before it sends the body."""
    upgrade: bool
    """The client asks to go on with the WebSocket protocol."""
    has_body: bool
    """A body follows: chunked, or of a length over 0."""

    # A compiled module runs what dataclass generates in the interpreter: ten times as long.
    def __init__(
        self,
        method: str,
        path: bytes,
        query: bytes,
        http_version: str,
        headers: Headers,
        keep_alive: bool,
        expect_continue: bool,
        upgrade: bool,
        has_body: bool,
    ) -> None:
        self.method = method
        self.path = path
        self.query = query
        self.http_version = http_version
        self.headers = headers
        self.keep_alive = keep_alive
        self.expect_continue = expect_continue
        self.upgrade = upgrade
        self.has_body = has_body


@dataclass(slots=True)
class Data:
    """A piece of the body, never empty."""

    data: bytes


class Signal(Enum):
    """An event that carries nothing but itself."""

    END_OF_MESSAGE = "the request is complete"
    NEED_DATA = "no event until more bytes are received"
    PAUSED = "no event until the next request is started"
    CLOSED = "no event any more"


# Compiled modules find a constant at once, a member of an Enum in its class.
END_OF_MESSAGE: Final = Signal.END_OF_MESSAGE
NEED_DATA: Final = Signal.NEED_DATA
PAUSED: Final = Signal.PAUSED
CLOSED: Final = Signal.CLOSED
