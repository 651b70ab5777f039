"""How a peer and a request are called in the log."""

from __future__ import annotations

from wsgate.asgi.types import Address
from wsgate.http1.events import Request


def client_name(client: Address | None) -> str:
    """Give `host:port`, or `unix` for a peer over a unix socket."""
    return f"{client[0]}:{client[1]}" if client is not None else "unix"


def target_of(request: Request) -> bytes:
    """Give path and query as they came."""
    return request.path + b"?" + request.query if request.query else request.path
