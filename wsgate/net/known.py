"""What is known of a connection before its first request."""

from __future__ import annotations

import asyncio
from typing import Any

from wsgate.asgi.scope import Surroundings
from wsgate.asgi.types import Address, ServerAddress
from wsgate.http1.events import Request
from wsgate.net.service import Service
from wsgate.net.sockets import address_pair, server_pair


class Known:
    """Both ends, as the transport, TLS or a proxy tells.

    scheme: http or https. tls: what the scope says of TLS (ASGI specification, TLS extension).
    """

    __slots__ = ("client", "scheme", "server", "tls")

    def __init__(
        self,
        client: Address | None,
        server: ServerAddress | None,
        scheme: str = "http",
        tls: dict[str, Any] | None = None,
    ) -> None:
        self.client = client
        self.server = server
        self.scheme = scheme
        self.tls = tls

    def surroundings(self, request: Request, service: Service, trusted: bool) -> Surroundings:
        """Give what a scope says beyond the request itself.

        trusted: the peer is a proxy that may tell who is behind it.
        """
        client, scheme, server = self.client, self.scheme, self.server
        if trusted:
            headers = request.headers
            if service.forwarded_fields is None:
                client, scheme = service.forwarded.resolve(headers, client, scheme)
            else:
                client, scheme, server = service.forwarded_fields.apply(
                    headers, client, scheme, server
                )
        around = Surroundings(scheme, service.config.root_path, client, server, service.state)
        around.tls = self.tls
        return around


def known_of(transport: asyncio.BaseTransport, server: ServerAddress | None) -> Known:
    """Give what a transport knows; server: our end, None where it has to be asked."""
    if server is None:
        server = server_pair(transport.get_extra_info("sockname"))
    return Known(address_pair(transport.get_extra_info("peername")), server)
