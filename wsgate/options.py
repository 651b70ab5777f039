"""One option of the server: what the command, the environment and the documents show of it.

`option` puts an `Option` into the metadata of a field of `wsgate.config.Config`; the name, the
type and the default are those of the field, so that nothing is spelled twice. The functions at the
end check values that are more than a bounded number or one of a few words.
"""

import ipaddress
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, MISSING, Field, dataclass, replace
from types import NoneType, UnionType
from typing import Any, Literal, ParamSpec, get_args, get_origin

from wsgate.addresses import parse_address

ENVIRONMENT_PREFIX = "WSGATE_"
UNLIMITED = 10**15  # a petabyte, 30 million years; no infinity, which timers do not take

_METADATA_KEY = "wsgate"
_SIZES = {"M": 1024 * 1024, "K": 1024, "": 1}
_SIZE = re.compile(r"([0-9]+) ?(?:([KM])(?:iB)?)?", re.IGNORECASE)
_TYPE_WORDS: dict[Any, str] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "a text",
    dict: "a dictionary",
    Callable: "a callable",
}
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
_P = ParamSpec("_P")


@dataclass(frozen=True, slots=True)
class Option:
    """All that is known of an option."""

    group: str
    help: str
    _: KW_ONLY
    unit: str = ""  # what a number counts; "bytes" and "seconds" change how it is read and shown
    minimum: float = -math.inf
    maximum: float = UNLIMITED
    spelling: str = ""  # the option's name, where it is not the field's
    positional: bool = False
    repeatable: bool = False
    separator: str = ""  # between several values
    variables: tuple[str, ...] = ()  # of the environment, read after our own
    unset: str = ""  # how an empty default reads
    by_route: bool = False  # it may differ from one route of websockets to the next
    secret: bool = False  # it is never shown
    convert: Callable[[Any], Any] | None = None  # to the final form; raises as validate() does
    name: str = ""
    type: Any = None
    default: Any = None

    @property
    def flag(self) -> str:
        """The option as it is typed, ``--ws-max-size``; APP for the argument."""
        if self.positional:
            return self.name.upper()
        return "--" + (self.spelling or self.name).replace("_", "-")

    @property
    def environment(self) -> tuple[str, ...]:
        """The variables that set it; the first one that is set counts."""
        return (ENVIRONMENT_PREFIX + (self.spelling or self.name).upper(), *self.variables)

    @property
    def choices(self) -> tuple[str, ...]:
        """The only values, where the type is a Literal."""
        return get_args(self.type) if get_origin(self.type) is Literal else ()

    @property
    def types(self) -> tuple[Any, ...]:
        """The classes that a value may have, None aside."""
        arms = get_args(self.type) if isinstance(self.type, UnionType) else (self.type,)
        return tuple(get_origin(arm) or arm for arm in arms if arm is not NoneType)

    @property
    def optional(self) -> bool:
        """None is a value too."""
        return NoneType in get_args(self.type)

    @property
    def bounds(self) -> str:
        """The bounds of a number in words, ``from 0 to 65535``; empty where there are none."""
        if self.maximum < UNLIMITED:
            return f"from {self.minimum:g} to {self.maximum:.12g}"
        return f"at least {self.minimum:g}" if self.minimum > -math.inf else ""

    @property
    def default_text(self) -> str:
        """The default as a person writes it: ``16 MiB``, ``20 s``, ``on``."""
        if self.default in (None, "", ()) or (self.unset and not self.default):
            return self.unset
        if isinstance(self.default, bool):
            return "on" if self.default else "off"
        if isinstance(self.default, tuple):
            return f"{self.separator} ".join(self.default)
        if self.unit == "bytes":
            return size_text(self.default)
        if self.unit == "seconds":
            return f"{self.default:g} s"
        return str(self.default)

    def validate(self, value: Any) -> Any:
        """The value in its final form.

        Raises ValueError with the rest of a sentence that begins with the option's name.
        """
        if value is None and self.optional:
            return None
        if self.unit == "bytes" and isinstance(value, str):
            value = parse_size(value)
        if self.convert is not None:
            value = self.convert(value)
        if self.choices:
            if value not in self.choices:
                raise ValueError(f"must be one of {', '.join(self.choices)}, not {value!r}")
            return value
        accepted = (*self.types, int) if float in self.types else self.types
        if not isinstance(value, accepted) or (isinstance(value, bool) and bool not in accepted):
            words = " or ".join(_TYPE_WORDS[each] for each in self.types)
            raise ValueError(f"must be {words}, not {value!r}")
        if isinstance(value, int | float):
            if value > self.maximum:
                raise ValueError(f"must be at most {self.maximum:.12g}, not {value!r}")
            if not value >= self.minimum:  # a NaN, too
                raise ValueError(f"must be at least {self.minimum:g}, not {value!r}")
        return float(value) if float in self.types else value


def _as_metadata(make: Callable[_P, Option]) -> Callable[_P, Mapping[str, Option]]:
    return lambda *args, **kwargs: {_METADATA_KEY: make(*args, **kwargs)}


option = _as_metadata(Option)
"""What `Option` takes, as the metadata of a dataclass field."""


def option_of(field: "Field[Any]") -> Option:
    """The option that the field describes, complete."""
    described: Option = field.metadata[_METADATA_KEY]
    default = None if field.default is MISSING else field.default
    return replace(described, name=field.name, type=field.type, default=default)


def parse_size(text: str) -> int:
    """Bytes from ``16777216``, ``16MiB`` or ``16M``, ``64 KiB`` or ``64k``.

    Raises ValueError as `Option.validate` does.
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"must be a number of bytes, also as 64KiB or 16MiB, not {text!r}")
    digits, suffix = match.groups("")
    return int(digits) * _SIZES[suffix.upper()]


def size_text(size: int) -> str:
    """Bytes with the largest suffix that divides them; `parse_size` reads it."""
    suffix, unit = next(item for item in _SIZES.items() if size % item[1] == 0)
    return f"{size // unit} {suffix}iB" if suffix else f"{size} bytes"


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
