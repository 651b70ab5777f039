"""The page, its assets and ``/healthz``, served out of memory; the refusals of both protocols."""

import hashlib
from dataclasses import dataclass
from http import HTTPStatus
from importlib.resources import files

from wsgate.asgi.types import Scope, Send

# Nothing but our own files, and no string ever parsed as HTML (Trusted Types).
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    )
).encode()
# Each file by its route, with its media type.
ASSETS = {
    "/": ("index.html", b"text/html; charset=utf-8"),
    "/chat.css": ("chat.css", b"text/css; charset=utf-8"),
    "/chat.js": ("chat.js", b"text/javascript; charset=utf-8"),
    "/connection.js": ("connection.js", b"text/javascript; charset=utf-8"),
    "/icon.svg": ("icon.svg", b"image/svg+xml"),
}


@dataclass(frozen=True, slots=True)
class Response:
    """A whole response; the content-length is that of ``body``."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes = b""

    async def send(self, send: Send, prefix: str = "http.response", *, head: bool = False) -> None:
        """Send it by ASGI messages whose types start with ``prefix``, for HEAD without its body."""
        headers = list(self.headers)
        if self.status != HTTPStatus.NOT_MODIFIED:
            headers.append((b"content-length", b"%d" % len(self.body)))
        await send({"type": f"{prefix}.start", "status": self.status, "headers": headers})
        await send({"type": f"{prefix}.body", "body": b"" if head else self.body})


def plain(status: int, text: str, *headers: tuple[bytes, bytes]) -> Response:
    """One sentence of text that nobody stores."""
    common = ((b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"))
    return Response(status, common + headers, text.encode())


def asset(name: str, media_type: bytes) -> Response:
    """Read a file of the package; browsers keep it and ask each time whether it has changed."""
    body = files(__package__).joinpath(name).read_bytes()
    headers = (
        (b"etag", b'"%s"' % hashlib.sha256(body).hexdigest()[:16].encode()),
        (b"cache-control", b"no-cache"),
        (b"content-security-policy", POLICY),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"content-type", media_type),
    )
    return Response(HTTPStatus.OK, headers, body)


RESPONSES = {path: asset(*described) for path, described in ASSETS.items()}
RESPONSES["/healthz"] = plain(HTTPStatus.OK, "ok")
NOT_FOUND = plain(HTTPStatus.NOT_FOUND, "there is no such page")
NOT_ALLOWED = plain(
    HTTPStatus.METHOD_NOT_ALLOWED, "this page answers GET and HEAD", (b"allow", b"GET, HEAD")
)


def route(scope: Scope) -> str:
    """Give the path below the prefix where a proxy mounts the application."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


async def serve(scope: Scope, send: Send) -> None:
    """Serve an http scope."""
    response = RESPONSES.get(route(scope))
    if response is None:
        response = NOT_FOUND
    elif scope["method"] not in ("GET", "HEAD"):
        response = NOT_ALLOWED
    elif is_known(response, scope["headers"]):
        kept = tuple(header for header in response.headers if header[0] != b"content-type")
        response = Response(HTTPStatus.NOT_MODIFIED, kept)
    await response.send(send, head=scope["method"] == "HEAD")


def is_known(response: Response, headers: list[tuple[bytes, bytes]]) -> bool:
    """Tell whether the client holds this very response (RFC 9110 13.1.2, weak comparison)."""
    etag = dict(response.headers).get(b"etag")
    conditions = b",".join(value for name, value in headers if name == b"if-none-match")
    held = {tag.strip().removeprefix(b"W/") for tag in conditions.split(b",")}
    return etag is not None and not held.isdisjoint((etag, b"*"))


async def deny(scope: Scope, send: Send, status: int, text: str) -> None:
    """Refuse a websocket handshake: with a response where the server can send one, else a 403."""
    if "websocket.http.response" in scope.get("extensions", {}):
        await plain(status, text).send(send, "websocket.http.response")
    else:
        await send({"type": "websocket.close"})
