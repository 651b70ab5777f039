"""One option of the server: what the command, the environment and the documents show of it.

`option` puts an `Option` into the metadata of a field of `wsgate.config.Config`; the name, the
type and the default are those of the field, so that nothing is spelled twice.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, replace
from types import NoneType, UnionType
from typing import Any, Literal, ParamSpec, get_args, get_origin

ENVIRONMENT_PREFIX = "WSGATE_"
SIZE_UNITS = {"MiB": 1024 * 1024, "KiB": 1024}

_METADATA_KEY = "wsgate"
_P = ParamSpec("_P")
_TYPE_WORDS: dict[Any, str] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "a text",
    dict: "a dictionary",
    Callable: "a callable",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """All that is known of an option.

    `unit` is that of a number ("bytes" and "seconds" change how it is read and shown), `spelling`
    the option's name where it is not the field's, `separator` what stands between several values
    in a variable, `variables` the environment variables that are read after our own, `unset` how
    an empty default reads, and `convert` brings a value into its final form or raises ValueError
    with the rest of a sentence that begins with the option's name.
    """

    group: str
    help: str
    unit: str = ""
    minimum: float = -math.inf
    maximum: float = math.inf
    spelling: str = ""
    separator: str = ""
    variables: tuple[str, ...] = ()
    unset: str = ""
    convert: Callable[[Any], Any] | None = None
    name: str = ""
    type: Any = None
    default: Any = None

    @property
    def flag(self) -> str:
        """The option as it is typed, ``--ws-max-size``."""
        return "--" + (self.spelling or self.name).replace("_", "-")

    @property
    def environment(self) -> tuple[str, ...]:
        """The variables that set it, the first found wins."""
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
        return isinstance(self.type, UnionType) and NoneType in get_args(self.type)

    def show(self, value: Any) -> str:
        """A value as a person writes it: ``16 MiB``, ``20 s``, ``on``."""
        if value is None or value in ("", ()):
            return self.unset
        if isinstance(value, bool):
            return "on" if value else "off"
        if isinstance(value, tuple):
            return self.separator.join(value)
        if self.unit == "bytes":
            for suffix, size in SIZE_UNITS.items():
                if value >= size and value % size == 0:
                    return f"{value // size} {suffix}"
        unit = {"seconds": "s"}.get(self.unit, self.unit)
        return (
            f"{value:g} {unit}".rstrip() if isinstance(value, float) else f"{value} {unit}".rstrip()
        )

    def validate(self, value: Any) -> Any:
        """The value in its final form.

        Raises ValueError with the rest of a sentence that begins with the option's name.
        """
        if value is None and self.optional:
            return None
        if self.convert is not None:
            value = self.convert(value)
        if self.choices:
            if value not in self.choices:
                raise ValueError(f"must be one of {', '.join(self.choices)}, not {value!r}")
            return value
        self._check_type(value)
        if isinstance(value, int | float):
            self._check_bounds(value)
        return float(value) if float in self.types else value

    def _check_type(self, value: Any) -> None:
        accepted = (*self.types, int) if float in self.types else self.types
        if not isinstance(value, accepted) or (isinstance(value, bool) and bool not in accepted):
            words = " or ".join(_TYPE_WORDS[each] for each in self.types)
            raise ValueError(f"must be {words}, not {value!r}")

    def _check_bounds(self, value: float) -> None:
        if not (self.minimum <= value <= self.maximum and math.isfinite(value)):
            raise ValueError(f"must be {self.bounds}, not {value!r}")

    @property
    def bounds(self) -> str:
        """The bounds in words, ``1 messages or more``; empty where there are none."""
        low, high = f"{self.minimum:g}", f"{self.maximum:.12g}"
        unit = f" {self.unit}" if self.unit else ""
        if math.isfinite(self.maximum):
            return f"from {low} to {high}{unit}"
        return f"at least {low}{unit}" if math.isfinite(self.minimum) else ""


def _as_metadata(make: Callable[_P, Option]) -> Callable[_P, Mapping[str, Option]]:
    return lambda *args, **kwargs: {_METADATA_KEY: make(*args, **kwargs)}


option = _as_metadata(Option)
"""What `Option` takes, as the metadata of a dataclass field."""


def option_of(field: "Field[Any]") -> Option:
    """The option that the field describes, complete."""
    described: Option = field.metadata[_METADATA_KEY]
    return replace(described, name=field.name, type=field.type, default=field.default)
