"""The header that a proxy writes before all else: PROXY protocol, versions 1 and 2 (HAProxy).

https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt. The sections named here are its.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address
from typing import Final, NamedTuple

from wsgate.asgi.types import Address

_TEXT_BEGIN: Final = b"PROXY "
_TEXT_LONGEST: Final = 107  # section 2.1, with the end of the line
_TEXT: Final = re.compile(
    rb"PROXY (?:(TCP4|TCP6) ([0-9A-Fa-f:.]+) ([0-9A-Fa-f:.]+)"
    rb" (0|[1-9][0-9]{0,4}) (0|[1-9][0-9]{0,4})|UNKNOWN(?: [^\r\n]*)?)\r\n"
)
_BINARY_BEGIN: Final = b"\r\n\r\n\0\r\nQUIT\n"
_BINARY_HEAD: Final = 16
_LOCAL, _PROXY = 0x20, 0x21
_SIZES: Final = {0x11: 4, 0x21: 16}
"""Bytes of an address, by family and transport: TCP over IPv4 and IPv6."""
_NO_ADDRESS: Final = frozenset({0x00, 0x31})
"""Not told, and unix sockets, whose names say nothing of a client."""
_TLV_SSL: Final = 0x20
_CLIENT_SSL: Final = 0x01
_MAX_PORT: Final = 65_535

MALFORMED: Final = "the PROXY header is malformed, or tells of something other than TCP"
MISSING: Final = "the connection must begin with a PROXY header"


class ProxyHeader(NamedTuple):
    """What a proxy tells of the connection that it took.

    size: bytes of the header. client, server: both ends; None where it tells of none, as for a
    check of its own. secure: whether the client spoke TLS to it.
    """

    size: int
    client: Address | None = None
    server: Address | None = None
    secure: bool = False


def parse_proxy_header(data: bytes) -> ProxyHeader | None:
    """Read a header from what has come; None where more has to come.

    Raises ValueError with a sentence where it is none.
    """
    if data.startswith(_BINARY_BEGIN[: len(data)]):
        return _parse_binary(data) if len(data) >= _BINARY_HEAD else None
    if data.startswith(_TEXT_BEGIN[: len(data)]):
        return _parse_text(data)
    raise ValueError(MISSING)


def _parse_text(data: bytes) -> ProxyHeader | None:
    line, end, _ = data[:_TEXT_LONGEST].partition(b"\n")
    if not end and len(data) < _TEXT_LONGEST:
        return None
    line += end
    match = _TEXT.fullmatch(line)
    if match is None:
        raise ValueError(MALFORMED)
    family, *ends = match.groups()
    if family is None:
        return ProxyHeader(len(line))
    make = IPv4Address if family == b"TCP4" else IPv6Address
    source, destination, source_port, port = (each.decode("ascii") for each in ends)
    try:
        client, server = make(source), make(destination)
    except ValueError:
        raise ValueError(MALFORMED) from None
    return ProxyHeader(len(line), _end(client, int(source_port)), _end(server, int(port)))


def _parse_binary(data: bytes) -> ProxyHeader | None:
    command, family = data[12], data[13]
    size = _BINARY_HEAD + int.from_bytes(data[14:16], "big")
    if command not in (_LOCAL, _PROXY):
        raise ValueError(MALFORMED)
    if len(data) < size:
        return None
    if command == _LOCAL or family in _NO_ADDRESS:
        return ProxyHeader(size)
    width = _SIZES.get(family)
    body = data[_BINARY_HEAD:size]
    if width is None or len(body) < 2 * width + 4:
        raise ValueError(MALFORMED)
    make = IPv4Address if width == 4 else IPv6Address
    ports = body[2 * width :]
    return ProxyHeader(
        size,
        _end(make(body[:width]), int.from_bytes(ports[:2], "big")),
        _end(make(body[width : 2 * width]), int.from_bytes(ports[2:4], "big")),
        _is_secure(ports[4:]),
    )


def _end(address: IPv4Address | IPv6Address, port: int) -> Address:
    """An IPv4 address also where it is mapped (RFC 4291 2.5.5.2)."""
    if port > _MAX_PORT:
        raise ValueError(MALFORMED)
    return str(getattr(address, "ipv4_mapped", None) or address), port


def _is_secure(extensions: bytes) -> bool:
    """Whether one of the extensions says that the client spoke TLS (section 2.2.5)."""
    secure = False
    while extensions:
        end = 3 + int.from_bytes(extensions[1:3], "big")
        if len(extensions) < 3 or len(extensions) < end:
            raise ValueError(MALFORMED)
        if extensions[0] == _TLV_SSL and end > 3:
            secure = bool(extensions[3] & _CLIENT_SSL)
        extensions = extensions[end:]
    return secure
