"""The server's side of the opening handshake (RFC 6455 section 4.2): a request in, headers out.

    parse_opening_handshake() -> OpeningHandshake -> response_headers()
                            `-> HandshakeError: the response that refuses it

What makes a request an upgrade at all (HTTP/1.1, Connection, Upgrade) was decided before.
"""

from __future__ import annotations

from binascii import b2a_base64
from dataclasses import dataclass
from hashlib import sha1
from string import ascii_letters, digits
from typing import TYPE_CHECKING, Final

from wsgate.websocket.headers import (
    ExtensionOffer,
    HeaderError,
    is_token,
    parse_extensions,
    parse_tokens,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from typing import Any

    Headers = list[tuple[bytes, bytes]]

_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_BASE64_CHARACTERS: Final = (ascii_letters + digits + "+/").encode()

_KEY: Final = b"sec-websocket-key"
_VERSION: Final = b"sec-websocket-version"
_PROTOCOL: Final = b"sec-websocket-protocol"
_EXTENSIONS: Final = b"sec-websocket-extensions"
_TRANSFER_ENCODING: Final = b"transfer-encoding"
_FIELDS: Final = frozenset([_KEY, _VERSION, _PROTOCOL, _EXTENSIONS, _TRANSFER_ENCODING])

# What the application cannot set on a 101. The last two: RFC 9110 sections 6.1 and 8.6, a server
# MUST NOT send them with a status of 1xx.
_RESERVED: Final = frozenset([b"upgrade", b"connection", _TRANSFER_ENCODING, b"content-length"])
_RESERVED_PREFIX: Final = b"sec-websocket-"

_SUPPORTED_VERSION: Final = (_VERSION, b"13")
# RFC 9110 section 15.5.22: a 426 MUST send Upgrade; 7.8: a sender of Upgrade MUST also send an
# "Upgrade" connection option.
_SUPPORTED_UPGRADE: Final = [
    _SUPPORTED_VERSION,
    (b"upgrade", b"websocket"),
    (b"connection", b"upgrade"),
]

# Entries of allowed origins that are words, not origins.
_SAME_ORIGIN: Final = "same-origin"
_NO_ORIGIN: Final = "none"
_WORDS: Final = (_SAME_ORIGIN, _NO_ORIGIN)
# The scheme of a page that counts as the same origin, and the port that it leaves out.
_PAGES: Final = {
    "http": ("http", ":80"),
    "ws": ("http", ":80"),
    "https": ("https", ":443"),
    "wss": ("https", ":443"),
}


class HandshakeError(Exception):
    """The opening handshake is refused: the status, one sentence, and extra headers."""

    def __init__(self, status: int, message: str, headers: Iterable[tuple[bytes, bytes]] = ()):
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = list(headers)


@dataclass(init=False, slots=True)
class OpeningHandshake:
    """A valid request for a WebSocket: what the client offers, in its order."""

    key: bytes
    subprotocols: list[str]
    extensions: list[ExtensionOffer]

    def __init__(
        self, key: bytes, subprotocols: list[str], extensions: list[ExtensionOffer]
    ) -> None:
        self.key = key
        self.subprotocols = subprotocols
        self.extensions = extensions

    def response_headers(self, subprotocol: object, extensions: str = "") -> Headers:
        """Return our own headers of the 101 (section 4.2.2).

        `subprotocol` comes from the application, `extensions` is what was agreed on ("" for none).
        Raises ValueError, with a sentence for the application's author.
        """
        response = [
            (b"upgrade", b"websocket"),
            (b"connection", b"Upgrade"),
            (b"sec-websocket-accept", accept_key(self.key)),
        ]
        if subprotocol is not None:
            if not isinstance(subprotocol, str) or subprotocol not in self.subprotocols:
                raise ValueError(
                    f"subprotocol must be None or one of those that the client offered, "
                    f"{self.subprotocols}, not {subprotocol!r}."
                )
            response.append((_PROTOCOL, subprotocol.encode()))
        if extensions:
            response.append((_EXTENSIONS, extensions.encode()))
        return response


def accept_key(key: bytes) -> bytes:
    """Return Sec-WebSocket-Accept for a Sec-WebSocket-Key (section 4.2.2, step 5.4)."""
    return b2a_base64(sha1(key + _GUID, usedforsecurity=False).digest(), newline=False)


def parse_opening_handshake(method: str, headers: Headers, has_body: bool) -> OpeningHandshake:
    """Check a request that asks for a WebSocket (section 4.2.1). Raises HandshakeError."""
    if method != "GET":
        raise HandshakeError(405, "A WebSocket is opened with GET.", [(b"allow", b"GET")])
    fields: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        if name in _FIELDS:
            fields.setdefault(name, []).append(value)
    if has_body or _TRANSFER_ENCODING in fields:
        raise HandshakeError(400, "A request that opens a WebSocket has no body.")
    # Before anything whose form another version could change (section 4.4).
    _check_version(fields.get(_VERSION))
    return OpeningHandshake(
        _parse_key(fields.get(_KEY)),
        _parse_subprotocols(fields[_PROTOCOL]) if _PROTOCOL in fields else [],
        _parse_extensions(fields[_EXTENSIONS]) if _EXTENSIONS in fields else [],
    )


def check_origin(headers: Headers, allowed: Collection[str], scheme: str) -> None:
    """Refuse a page that may not connect (section 10.2). Raises HandshakeError 403, or 400.

    `allowed` holds origins exactly as browsers write them ("https://host", with ":port" unless it
    is the scheme's own), "null", "same-origin" (`scheme` and Host) and "none" (a client that sends
    no Origin). If it is empty everybody may connect.
    """
    origins = [value for name, value in headers if name == b"origin"]
    if len(origins) > 1:
        raise HandshakeError(400, "There is more than one Origin field.")
    if not allowed:
        return
    if not origins:
        permitted = _NO_ORIGIN in allowed
    else:
        origin = origins[0].decode("latin-1")
        permitted = (origin in allowed and origin not in _WORDS) or (
            _SAME_ORIGIN in allowed and origin == _own_origin(headers, scheme)
        )
    if not permitted:
        raise HandshakeError(403, "This origin is not allowed to connect.")


def _own_origin(headers: Headers, scheme: str) -> str:
    page_scheme, default_port = _PAGES[scheme]
    host = dict(headers).get(b"host", b"").decode("latin-1").lower()
    return f"{page_scheme}://{host.removesuffix(default_port)}"


def _check_version(values: list[bytes] | None) -> None:
    if values is None:
        raise HandshakeError(400, "Sec-WebSocket-Version is missing.", [_SUPPORTED_VERSION])
    if values != [b"13"]:
        raise HandshakeError(426, "Sec-WebSocket-Version must be 13.", _SUPPORTED_UPGRADE)


def _parse_key(values: list[bytes] | None) -> bytes:
    if values is None:
        raise HandshakeError(400, "Sec-WebSocket-Key is missing.")
    if len(values) > 1:
        raise HandshakeError(400, "There is more than one Sec-WebSocket-Key field.")
    key = values[0]
    # 22 characters and "==" are 16 bytes. The last character's 4 spare bits may be anything: RFC
    # 4648 section 3.5 lets a decoder take them, careless clients make up the characters, and the
    # answer hashes the text as it came, so that nobody can read it in two ways.
    if len(key) != 24 or key[22:] != b"==" or key[:22].strip(_BASE64_CHARACTERS):
        raise HandshakeError(400, "Sec-WebSocket-Key must be 16 bytes in base64.")
    return key


def _parse_subprotocols(fields: list[bytes]) -> list[str]:
    try:
        subprotocols = parse_tokens(fields)
    except HeaderError as error:
        raise HandshakeError(400, f"Sec-WebSocket-Protocol is refused: {error}.") from None
    # Section 4.1: the elements MUST all be unique strings.
    if len(set(subprotocols)) != len(subprotocols):
        raise HandshakeError(400, "Sec-WebSocket-Protocol is refused: a subprotocol is repeated.")
    return subprotocols


def _parse_extensions(fields: list[bytes]) -> list[ExtensionOffer]:
    try:
        return parse_extensions(fields)
    except HeaderError as error:
        raise HandshakeError(400, f"Sec-WebSocket-Extensions is refused: {error}.") from None


def application_headers(headers: Iterable[Any]) -> Headers:
    """Return the application's own headers of a 101, names in lower case.

    Raises ValueError, with a sentence for its author.
    """
    try:
        fields: list[tuple[object, object]] = [(name, value) for name, value in headers]
    except (TypeError, ValueError):
        raise ValueError("headers must be an iterable of pairs of bytes.") from None
    return [_checked_field(name, value) for name, value in fields]


def _checked_field(name: object, value: object) -> tuple[bytes, bytes]:
    if not isinstance(name, bytes) or not isinstance(value, bytes):
        raise ValueError(f"headers must be pairs of bytes, not {name!r} and {value!r}.")
    if not is_token(name.decode("latin-1")):
        raise ValueError(f"a header's name must be a token, not {name!r}.")
    if b"\r" in value or b"\n" in value or b"\0" in value:
        raise ValueError(f"the header {name!r} must not contain CR, LF or NUL.")
    name = name.lower()
    if name in _RESERVED or name.startswith(_RESERVED_PREFIX):
        raise ValueError(
            f"headers must not contain {name!r}: the server sets it, and "
            f"a subprotocol goes in the message's own field."
        )
    return name, value
