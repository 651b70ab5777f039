"""Opening handshakes with fields changed, added, repeated or left out."""

from __future__ import annotations

from collections.abc import Mapping

KEY = "x3JJHMbDL1EzLkh9GBhXDw=="
ACCEPT = "HSmrc0sMlYUkAGmm5OPpG2HaGWk="

FIELDS = {
    "Host": "test",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Version": "13",
}

Changes = Mapping[str, str | list[str]]


def opening(
    changes: Changes | None = None, line: str = "GET /ws HTTP/1.1", body: bytes = b""
) -> bytes:
    """A request for a websocket; a list in `changes` is so many fields, an empty one is none."""
    fields: Changes = {**FIELDS, **(changes or {})}
    lines = [
        f"{name}: {value}"
        for name, values in fields.items()
        for value in ([values] if isinstance(values, str) else values)
    ]
    return "\r\n".join([line, *lines, "", ""]).encode("latin-1") + body


def version(*values: str) -> bytes:
    return opening({"Sec-WebSocket-Version": [*values]})


def key(*values: str) -> bytes:
    return opening({"Sec-WebSocket-Key": [*values]})


def protocol(*values: str) -> bytes:
    return opening({"Sec-WebSocket-Protocol": [*values]})


def extensions(*values: str) -> bytes:
    return opening({"Sec-WebSocket-Extensions": [*values]})
