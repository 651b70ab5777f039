"""One option of the server: what the command, the environment and the documents show of it.

`option` puts an `Option` into the metadata of a field of `wsgate.config.Config`; the name, the
type and the default are those of the field, so that nothing is spelled twice. What is more than a
bounded number or one of a few words is checked by a function of `wsgate.conversions`.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, MISSING, Field, dataclass, replace
from types import NoneType, UnionType
from typing import Any, Literal, ParamSpec, get_args, get_origin

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
