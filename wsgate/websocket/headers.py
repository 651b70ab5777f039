"""The grammar of the opening handshake's list fields (RFC 6455 sections 4.3 and 9.1).

    1#token                for Sec-WebSocket-Protocol
    extension-list         = 1#extension
    extension              = token *( ";" token [ "=" ( token / quoted-string ) ] )

Section 9.1 wants a quoted value to be a token once it is unescaped. So no separator can stand
inside the quotes of a valid field, and cutting at the separators alone is exact: each cut inside
quotes leaves a piece that is no token and no quoted token. Every step is one pass of a string
method: there is no pattern that could backtrack.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_letters, digits
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_TOKEN_CHARACTERS: Final = "!#$%&'*+-.^_`|~" + digits + ascii_letters  # RFC 9110 section 5.6.2
_WHITE_SPACE: Final = " \t"
# Elements and parameters of one field. No client comes near it, and without it 64 KiB of "a," make
# 30,000 objects: RFC 9110 section 5.6.1.2 wants such lists bounded.
_MAX_PIECES: Final = 256


class HeaderError(ValueError):
    """A field does not follow its grammar; the text completes "the field is refused: ..."."""


@dataclass(frozen=True, slots=True)
class ExtensionOffer:
    """One element of Sec-WebSocket-Extensions; a parameter without a value has None."""

    name: str
    parameters: tuple[tuple[str, str | None], ...]


def is_token(text: str) -> bool:
    """Tell whether `text` is a token (RFC 9110 section 5.6.2)."""
    return text != "" and not text.strip(_TOKEN_CHARACTERS)


def parse_tokens(fields: Iterable[bytes]) -> list[str]:
    """Parse fields of one name, combined in order, as 1#token. Raises HeaderError.

    An empty element is no token: what the client meant to offer there is lost.
    """
    return [_token(element) for element in _combine(fields).split(",")]


def parse_extensions(fields: Iterable[bytes]) -> list[ExtensionOffer]:
    """Parse Sec-WebSocket-Extensions fields, combined in order. Raises HeaderError."""
    # RFC 9110 section 5.6.1.2: a recipient MUST parse and ignore empty list elements.
    elements = [element for element in _combine(fields).split(",") if element.strip(_WHITE_SPACE)]
    if not elements:
        raise HeaderError("it is empty")
    return [_parse_extension(element) for element in elements]


def _combine(fields: Iterable[bytes]) -> str:
    combined = b",".join(fields)
    if not combined.isascii():
        raise HeaderError("it is not ASCII")
    if combined.count(b",") + combined.count(b";") >= _MAX_PIECES:
        raise HeaderError("it has too many elements")
    return combined.decode("ascii")


def _token(text: str) -> str:
    token = text.strip(_WHITE_SPACE)
    if not is_token(token):
        raise HeaderError("a token is expected")
    return token


def _parse_extension(element: str) -> ExtensionOffer:
    name, *parameters = element.split(";")
    return ExtensionOffer(_token(name), tuple([_parse_parameter(text) for text in parameters]))


def _parse_parameter(text: str) -> tuple[str, str | None]:
    name, equals, value = text.partition("=")
    if not equals:
        return _token(name), None
    value = value.strip(_WHITE_SPACE)
    return _token(name), _unquote(value) if value.startswith('"') else _token(value)


def _unquote(quoted: str) -> str:
    """Return the token inside a quoted-string."""
    inner = quoted[1:-1]
    value = inner.replace("\\", "")
    # A backslash or a quote that is escaped itself is no character of a token.
    escapes_itself = inner.endswith("\\") or "\\\\" in inner
    if quoted[-1] != '"' or escapes_itself or not is_token(value):
        raise HeaderError("a quoted value is not a token")
    return value
