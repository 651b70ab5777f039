"""A connection that begins with a PROXY header, where a trusted peer has to write one.

From other peers a header counts for nothing: it is as malformed a request, or TLS, as anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, cast

from wsgate.asgi.types import Address, ServerAddress
from wsgate.http1.writer import refusal
from wsgate.net.clock import Deadline
from wsgate.net.known import Known
from wsgate.net.lingering import linger
from wsgate.net.naming import client_name
from wsgate.net.proxy_protocol import ProxyHeader, parse_proxy_header
from wsgate.net.service import Service
from wsgate.net.sockets import address_pair

Following = Callable[[Service, ServerAddress | None, Known | None], asyncio.BaseProtocol]
"""Makes the protocol of what comes behind the header: TLS or HTTP."""

SCHEMES: Final = {False: "http", True: "https"}


class ProxiedConnection:
    """Wait for the header, then leave.

    An `asyncio.Protocol` by what it does, as `HttpConnection`. To the worker it is a link of its
    own until the header is there. server: as for that.
    """

    __slots__ = (
        "_client",
        "_deadline",
        "_following",
        "_received",
        "_server",
        "_service",
        "_transport",
    )

    _transport: asyncio.Transport
    _client: Address | None

    def __init__(
        self, following: Following, service: Service, server: ServerAddress | None
    ) -> None:
        self._following = following
        self._service = service
        self._server = server
        self._received = b""
        self._deadline = Deadline(service.clock, self)

    # What the transport tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the header where the peer is trusted."""
        service = self._service
        self._transport = cast(asyncio.Transport, transport)
        self._client = address_pair(transport.get_extra_info("peername"))
        if not service.forwarded.trusts(self._client):
            self._leave(None)
            return
        service.add(self)
        self._deadline.arm(service.config.timeout_handshake)
        if service.stopping:
            self.shut_down()

    def data_received(self, data: bytes) -> None:
        """Take a part of the header, and what comes behind it."""
        self._received += data
        try:
            header = parse_proxy_header(self._received)
        except ValueError as error:
            self._refuse(str(error))
            return
        if header is not None:
            protocol = cast(asyncio.Protocol, self._leave(_known(header)))
            self._service.remove(self)
            if behind := self._received[header.size :]:
                protocol.data_received(behind)

    def eof_received(self) -> bool:
        """Have the transport close: nothing was asked for."""
        return False

    def pause_writing(self) -> None:
        """Nothing waits for room: at most a refusal is written."""

    def resume_writing(self) -> None:
        """As `pause_writing()`."""

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of everything."""
        self._deadline.drop()
        self._service.remove(self)

    # For the worker and the clock.

    def deadline_reached(self) -> None:
        """End what takes too long."""
        self._service.counters.count("timeout.proxy")
        self._transport.abort()

    def shut_down(self) -> None:
        """End: nothing has been asked for yet."""
        self._transport.close()

    def abort(self) -> None:
        """End now."""
        self._transport.abort()

    # The pieces.

    def _leave(self, known: Known | None) -> asyncio.BaseProtocol:
        """Have the transport served by what follows."""
        self._deadline.drop()
        protocol = self._following(self._service, self._server, known)
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        return protocol

    def _refuse(self, sentence: str) -> None:
        """Answer 400; a peer that speaks TLS would not understand it."""
        service = self._service
        self._deadline.disarm()
        if service.access_log.enabled:
            service.access_log.refused(client_name(self._client), 400, sentence)
        if service.certificates is None:
            self._transport.write(refusal(400, sentence, defaults=service.default_fields()))
        linger(self._transport, service.clock, peer_done=False)


def _known(header: ProxyHeader) -> Known | None:
    """What was learned; None where the proxy itself is the client."""
    if header.client is None:
        return None
    return Known(header.client, header.server, SCHEMES[header.secure])
