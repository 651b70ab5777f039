"""What a trusted proxy tells where more than address and scheme is to be believed.

Which fields count is a setting: a proxy that does not know one of them passes on what a client has
written there. X-Forwarded-For, -Proto, -Host and -Port are de facto; of the last three the last
value counts, which our peer wrote or let through. In Forwarded (RFC 7239) each element is what one
proxy tells, so that address, scheme and host of the one where the walk from the right ends belong
together. What is malformed says nothing.
"""

from __future__ import annotations

import re
from typing import Final

from wsgate.asgi.types import Address, Headers, ServerAddress
from wsgate.http1.validation import is_host
from wsgate.net.forwarded import SCHEMES, ForwardedPolicy, parse_node

BLANK: Final = b" \t"
MAX_PORT: Final = 65_535
DEFAULT_PORTS: Final = {"http": 80, "https": 443}

_PAIR: Final = re.compile(
    rb"[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)="
    rb'(?:([!#$%&\'*+.^_`|~0-9A-Za-z-]+)|"((?:[^"\\]|\\.)*)")[ \t]*([;,]|\Z)',
    re.DOTALL,
)
_ESCAPED: Final = re.compile(rb"\\(.)", re.DOTALL)
_PORT: Final = re.compile(rb"[0-9]{1,5}")


class ForwardedFields:
    """Apply the fields that count; names: of fields, in lower case. policy: whom to believe."""

    __slots__ = ("_names", "_policy")

    def __init__(self, policy: ForwardedPolicy, names: tuple[str, ...]) -> None:
        self._policy = policy
        self._names = {name.encode() for name in names}

    def apply(
        self,
        headers: Headers,
        client: Address | None,
        scheme: str,
        server: ServerAddress | None,
    ) -> tuple[Address | None, str, ServerAddress | None]:
        """Give client, scheme and server as the peer tells; Host is changed in place.

        As given where nothing better is known. Never raises, whatever the fields hold.
        """
        if not self._policy.trusts(client):
            return client, scheme, server
        told: dict[bytes, list[bytes]] = {}
        for name, value in headers:
            if name in self._names:
                told.setdefault(name, []).append(value)
        host = b""
        if (values := told.get(b"x-forwarded-for")) is not None:
            client = self._policy.walk(b",".join(values).split(b","), client)
        if (values := told.get(b"forwarded")) is not None:
            client, proto, host = self._walk(b",".join(values), client)
            scheme = SCHEMES.get(proto.lower(), scheme)
        scheme = SCHEMES.get(_last(told.get(b"x-forwarded-proto")).lower(), scheme)
        host = _last(told.get(b"x-forwarded-host")) or host
        if host and is_host(host):
            _set_host(headers, host)
        port = _last(told.get(b"x-forwarded-port"))
        if _PORT.fullmatch(port) and 0 < int(port) <= MAX_PORT:
            server = _with_port(headers, scheme, server, int(port))
        return client, scheme, server

    def _walk(self, field: bytes, client: Address | None) -> tuple[Address | None, bytes, bytes]:
        """Client, proto and host of the last element, from the right, that can be believed."""
        proto = host = b""
        for element in reversed(parse_forwarded(field)):
            proto, host = element.get(b"proto", proto), element.get(b"host", host)
            node = parse_node(element.get(b"for", b""))
            if node is None:
                break
            client = node
            if not self._policy.trusts(node):
                break
        return client, proto, host


def parse_forwarded(field: bytes) -> list[dict[bytes, bytes]]:
    """The elements of a Forwarded field, names in lower case; none where it is malformed.

    Malformed as a whole: a client may have left a quote open, for the proxy's words to stand in it.
    """
    elements: list[dict[bytes, bytes]] = [{}]
    position = 0
    while position < len(field):
        match = _PAIR.match(field, position)
        if match is None:
            return []
        name, token, quoted, end = match.groups()
        name = name.lower()
        if name in elements[-1]:  # RFC 7239 section 4: once in an element
            return []
        elements[-1][name] = token if token is not None else _ESCAPED.sub(rb"\1", quoted)
        if end == b",":
            elements.append({})
        position = match.end()
    return elements


def _last(values: list[bytes] | None) -> bytes:
    """The last entry of a list that may be spread over several fields."""
    return values[-1].rpartition(b",")[2].strip(BLANK) if values is not None else b""


def _set_host(headers: Headers, host: bytes) -> None:
    for index, (name, _) in enumerate(headers):
        if name == b"host":
            headers[index] = (name, host)
            return
    headers.insert(0, (b"host", host))


def _with_port(
    headers: Headers, scheme: str, server: ServerAddress | None, port: int
) -> ServerAddress | None:
    """Give the server with another port, which Host gets too."""
    host = next((value for name, value in headers if name == b"host"), b"")
    if host:
        name = re.sub(rb":[0-9]*\Z", b"", host)
        usual = port == DEFAULT_PORTS[scheme]
        _set_host(headers, name if usual else b"%s:%d" % (name, port))
    return server if server is None or server[1] is None else (server[0], port)
