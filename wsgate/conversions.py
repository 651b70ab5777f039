"""Values of options that are more than a bounded number or one of a few words, brought to a form.

Each function raises ValueError as `wsgate.options.Option.validate` does.
"""

import ipaddress
import re
from typing import Any

from wsgate.addresses import parse_address

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 5.6.2
_FIELD_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")  # RFC 9110 5.5
_FRAMING_FIELDS = {"connection", "content-length", "keep-alive", "transfer-encoding", "upgrade"}
_ORIGIN = re.compile(
    r"[a-z][a-z0-9+.-]*://[a-z0-9.:\[\]_-]+|null|same-origin|none", re.IGNORECASE | re.ASCII
)  # RFC 6454 6.2
_FORWARDED_FIELDS = {
    "forwarded",
    *(f"x-forwarded-{each}" for each in ("for", "host", "port", "proto")),
}
_MODE = re.compile(r"0?[0-7]{3}", re.ASCII)


def _values(value: Any, separator: str = "") -> tuple[Any, ...]:
    """A tuple of a list, a tuple or, where a separator is given, a text."""
    if isinstance(value, str) and separator:
        return tuple(part for each in value.split(separator) if (part := each.strip()))
    if not isinstance(value, list | tuple):
        raise ValueError(f"must be a list, not {value!r}")
    return tuple(value)


def _header(value: Any) -> tuple[bytes, bytes]:
    pair = value.split(":", 1) if isinstance(value, str) else value
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        raise ValueError(f'must be written "Name: value", not {value!r}')
    name, text = (part.decode("latin-1") if isinstance(part, bytes) else str(part) for part in pair)
    if not _TOKEN.fullmatch(name):
        raise ValueError(f"must begin with the name of a header field, not {name!r}")
    name, text = name.lower(), text.strip(" \t")
    if not _FIELD_VALUE.fullmatch(text):
        raise ValueError(f"must be one line of Latin-1 without control characters, not {text!r}")
    if name in _FRAMING_FIELDS or name.startswith("sec-websocket-"):
        raise ValueError(f"must leave {name!r} to the server, which writes it where it belongs")
    return name.encode("ascii"), text.encode("latin-1")


def header_fields(value: Any) -> tuple[tuple[bytes, bytes], ...]:
    """Fields of a response from ``"Name: value"`` or pairs: bytes, the names lower-case."""
    return tuple(_header(each) for each in _values(value))


def trusted_peers(value: Any) -> tuple[str, ...]:
    """IP addresses and networks, "unix:" and "*", from a list or a text with commas."""
    peers = _values(value, separator=",")
    for peer in peers:
        if peer in ("*", "unix:"):
            continue
        try:
            ipaddress.ip_network(str(peer))
        except ValueError as error:
            raise ValueError(
                f'must list addresses, networks, "unix:" or "*", not {peer!r} ({error})'
            ) from None
    return tuple(str(peer) for peer in peers)


def forwarded_names(value: Any) -> tuple[str, ...]:
    """Names of fields in which proxies tell of a client, from a list or a text with commas."""
    names = tuple(str(each).lower() for each in _values(value, separator=","))
    for name in names:
        if name not in _FORWARDED_FIELDS:
            known = ", ".join(sorted(_FORWARDED_FIELDS))
            raise ValueError(f"must list some of {known}, not {name!r}")
    if "forwarded" in names and len(names) > 1:
        raise ValueError('must be "forwarded" alone: a proxy tells in one way or in the other')
    return names


def origin_list(value: Any) -> tuple[str, ...]:
    """Origins as browsers write them (RFC 6454 6.1), and the words "same-origin" and "none"."""
    origins = tuple(str(each) for each in _values(value))
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise ValueError(
                'must be an origin such as https://example.com, "null", "same-origin" or "none", '
                f"not {origin!r}"
            )
    return tuple(_serialized(origin.lower()) for origin in origins)


def _serialized(origin: str) -> str:
    """An origin without the port that its scheme has anyway."""
    for scheme, port in (("http://", ":80"), ("https://", ":443")):
        if origin.startswith(scheme):
            return origin.removesuffix(port)
    return origin


def bind_addresses(value: Any) -> tuple[str, ...]:
    """Addresses to listen on, each of them checked."""
    addresses = tuple(str(each) for each in _values(value))
    for address in addresses:
        parse_address(address)
    return addresses


def octal_mode(value: Any) -> Any:
    """The mode of a file as chmod(1) takes it."""
    if isinstance(value, str) and not _MODE.fullmatch(value):
        raise ValueError(f"must be octal digits such as 660, not {value!r}")
    return value


def parameter_names(value: Any) -> tuple[str, ...]:
    """Names of query parameters, from a list or a text with commas."""
    names = tuple(str(each) for each in _values(value, separator=","))
    if "" in names:
        raise ValueError("must not be empty")
    return names


def negotiated_version(value: Any) -> Any:
    """A protocol of Python's module `ssl` that leaves the version to both sides."""
    if isinstance(value, int) and 2 < value < 17:
        raise ValueError(
            "must be 17 (PROTOCOL_TLS_SERVER): both sides agree on a version, and the oldest "
            f"that may be is --ssl-min-version, not {value!r}"
        )
    return value


def mount_path(value: Any) -> Any:
    """A path without the last slash, so that ``root_path + path`` is a path (ASGI, HTTP scope)."""
    if isinstance(value, str) and value and (value[0] != "/" or value[-1] == "/"):
        raise ValueError(f'must begin with "/" and not end with one, not {value!r}')
    return value


def not_empty(value: Any) -> Any:
    """Any value but the empty text."""
    if isinstance(value, str) and not value:
        raise ValueError("must not be empty")
    return value


def not_empty_texts(value: Any) -> tuple[str, ...]:
    """Texts, none of them empty, from a list or a tuple."""
    return tuple(not_empty(str(each)) for each in _values(value))


def application(value: Any) -> Any:
    """The application itself, or a text that names it."""
    if isinstance(value, str) and not value:
        raise ValueError("must name the application as module:attribute, for example main:app")
    return value
