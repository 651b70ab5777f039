"""The words of the ASGI specification as types, and the way out for bytes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, Protocol

from wsgate.websocket.frames import Frame

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Fields = dict[str, Any]
"""A message that is certainly a dict."""

Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

DRAINING: Final = "wsgate.draining"
"""Our extension of the websocket scope, and the message of that name both ways; docs/drain.md."""

Headers = list[tuple[bytes, bytes]]
Address = tuple[str, int]
ServerAddress = tuple[str, int | None]
"""Host and port, or the path of a unix socket and None."""


class Writer(Protocol):
    """Where the bytes of a cycle or a session leave, and how its connection ends.

    None of it raises when the peer is gone: the bytes are dropped, and the cycle or session is
    told by its own `connection_lost`.
    """

    @property
    def full(self) -> bool:
        """Whether who sends more is to await `drain()` first."""

    @property
    def congested(self) -> bool:
        """Whether what waits for the peer to read it is over the high-water mark."""

    def write(self, data: Frame) -> None:
        """Send, after all that was written before; never blocks."""

    def defer(self, data: bytes) -> None:
        """Send so too, together with what is written next in this turn of the event loop."""

    def hold(self) -> None:
        """Expect several writes now: let them leave together."""

    async def drain(self) -> None:
        """Wait while `full`; returns too where the connection is lost."""

    def pause_reading(self) -> None:
        """Let TCP push back on the peer."""

    def resume_reading(self) -> None:
        """Read again."""

    def close(self, last: bytes = b"") -> None:
        """Let what was written leave, `last` behind it, then end the stream.

        A bounded time is waited for the peer.
        """

    def abort(self) -> None:
        """End the connection now; what waits to be sent is lost."""

    def reset(self) -> None:
        """Do so by RST: the peer must not take what it has for a whole."""
