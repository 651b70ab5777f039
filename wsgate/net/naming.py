"""How a peer and a request are called in the log."""

from __future__ import annotations

from wsgate.asgi.types import Address
from wsgate.http1.events import Request


def client_name(client: Address | None) -> str:
    """Give `host:port`, `[host]:port` for IPv6, or `unix` for a peer over a unix socket."""
    if client is None:
        return "unix"
    host, port = client
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def target_of(request: Request) -> bytes:
    """Give path and query as they came."""
    return request.path + b"?" + request.query if request.query else request.path
