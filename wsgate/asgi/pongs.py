"""The answers to a peer's pings, bounded where the peer does not read them."""

from __future__ import annotations

from typing import Final

from wsgate.asgi.types import Writer
from wsgate.websocket.connection import Connection
from wsgate.websocket.errors import PolicyViolation

MAX_UNANSWERED_PINGS: Final = 16_384
"""Pings that a peer may send while it does not read our pongs."""


class Pongs:
    """Send a pong for each ping; to a peer that does not read, later and for the latest only.

    RFC 6455 section 5.5.3 allows that.
    """

    __slots__ = ("_core", "_held", "_unanswered", "_writer")

    def __init__(self, core: Connection, writer: Writer) -> None:
        self._core = core
        self._writer = writer
        self._held: bytes | None = None
        self._unanswered = 0

    def answer(self, payload: bytes) -> None:
        """Answer a ping; raises PolicyViolation (1008) where too many went unanswered."""
        if not self._writer.congested:
            self._writer.write(self._core.send_pong(payload))
            return
        self._held = payload
        self._unanswered += 1
        if self._unanswered > MAX_UNANSWERED_PINGS:
            raise PolicyViolation("too many pings while pongs are not read")

    def writable(self) -> None:
        """Learn that the send buffer has room again: the latest ping is answered."""
        if self._held is not None:
            self._writer.write(self._core.send_pong(self._held))
            self._held = None
            self._unanswered = 0
