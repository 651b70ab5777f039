"""The connection scopes of ASGI 3.0 (spec_version 2.5) for http and websocket."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import unquote

from wsgate.asgi.types import DRAINING, Address, Scope, ServerAddress
from wsgate.http1.events import Request

ASGI: Final = {"version": "3.0", "spec_version": "2.5"}
"""One for all scopes, since a connection keeps its own; who wants to change it copies it."""

WEBSOCKET_SCHEMES: Final = {"http": "ws", "https": "wss"}


class Surroundings:
    """What a scope says beyond the request itself.

    scheme: http or https. root_path: the prefix under which a proxy mounts the application.
    client: None over a unix socket. state: the lifespan's; each scope gets a shallow copy.
    tls: of the TLS extension; None where the server itself speaks none.
    """

    __slots__ = ("client", "root_path", "scheme", "server", "state", "tls")

    def __init__(
        self,
        scheme: str,
        root_path: str,
        client: Address | None,
        server: ServerAddress | None,
        state: dict[str, Any],
    ) -> None:
        self.scheme = scheme
        self.root_path = root_path
        self.client = client
        self.server = server
        self.state = state
        self.tls: dict[str, Any] | None = None


def http_scope(request: Request, around: Surroundings) -> Scope:
    """Make the scope of an HTTP request."""
    scope = _scope("http", request, around)
    scope["method"] = request.method
    scope["scheme"] = around.scheme
    scope["extensions"] = {} if around.tls is None else {"tls": around.tls}
    return scope


def websocket_scope(request: Request, around: Surroundings, subprotocols: list[str]) -> Scope:
    """Make the scope of a websocket; subprotocols: as offered, in the client's order."""
    scope = _scope("websocket", request, around)
    scope["scheme"] = WEBSOCKET_SCHEMES[around.scheme]
    scope["subprotocols"] = list(subprotocols)
    scope["extensions"] = {"websocket.http.response": {}, DRAINING: {}}
    if around.tls is not None:
        scope["extensions"]["tls"] = around.tls
    return scope


def _scope(kind: str, request: Request, around: Surroundings) -> Scope:
    root_path = around.root_path
    return {
        "type": kind,
        "asgi": ASGI,
        "http_version": request.http_version,
        "path": scope_path(request, around),
        "raw_path": root_path.encode() + request.path if root_path else request.path,
        "query_string": request.query,
        "root_path": root_path,
        "headers": request.headers,
        "client": around.client,
        "server": around.server,
        "state": around.state.copy(),
    }


def scope_path(request: Request, around: Surroundings) -> str:
    """Make the path that the application sees, and that routes are matched with.

    Percent-encoding is undone; bytes that are no UTF-8 become U+FFFD.
    """
    path = request.path.decode("ascii")
    if "%" in path:
        path = unquote(path)
    return around.root_path + path if around.root_path else path
