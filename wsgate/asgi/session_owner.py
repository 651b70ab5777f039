"""The connection of a WebSocket, as its session sees it: who is told, and who sets bounds."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from wsgate.asgi.cause import Cause
from wsgate.asgi.inbox import InboxLimits


class SessionLimits(NamedTuple):
    """Bounds of a session, as `wsgate.websocket.messages` has them, and what may wait."""

    max_size: int
    max_fragments: int
    max_frame: int
    max_ratio: int
    inbox: InboxLimits


class Owner(Protocol):
    """What a session tells its connection."""

    def session_accepted(self) -> None:
        """Take note: the 101 was written."""

    def session_refused(self, status: int, cause: Cause) -> None:
        """Take note: this was answered instead of the 101, and why."""

    def session_closing(self) -> None:
        """Take note: the end has begun, and the close timeout runs from now on."""

    def session_ponged(self) -> None:
        """Take note: a pong came."""

    def session_took_more(self) -> None:
        """Take note: it was taken now what had come a while ago."""
