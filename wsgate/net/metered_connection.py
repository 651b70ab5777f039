"""A websocket whose peer may send only so much: what comes is counted.

Its profile says whether that is so; one that is not bounded has none of this.
"""

from __future__ import annotations

from wsgate.http1.events import Request
from wsgate.net.rates import Throttle
from wsgate.net.websocket_connection import WebSocketConnection
from wsgate.websocket.handshake import OpeningHandshake


class MeteredConnection(WebSocketConnection):
    """Count what comes; who is over a rate is held back from accept on."""

    __slots__ = ("_throttle",)

    def start(self, request: Request, handshake: OpeningHandshake, behind: bytes) -> None:
        """Begin to count."""
        rates = self._profile.rates
        assert rates is not None
        self._throttle: Throttle | None = Throttle(self._service.clock, rates, self._session)
        super().start(request, handshake, behind)
        self._throttle.came(len(behind))

    def data_received(self, data: bytes) -> None:
        """Take bytes from the peer."""
        super().data_received(data)
        if self._throttle is not None:
            self._throttle.came(len(data))

    def session_took_more(self) -> None:
        """Count that too; its bytes are counted already."""
        if self._throttle is not None:
            self._throttle.came(0)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of everything."""
        super().connection_lost(exc)
        if self._throttle is not None:
            self._throttle.drop()
            self._throttle = None
