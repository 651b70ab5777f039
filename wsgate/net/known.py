"""What is known of a connection before its first request."""

from __future__ import annotations

from typing import Any

from wsgate.asgi.types import Address, ServerAddress


class Known:
    """What TLS or a proxy tells; None in the place of it: as the transport has it.

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
