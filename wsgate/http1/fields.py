"""The fields of a response: checked together, explained one by one where that fails.

No field is written before all were found correct, so that no value can end the line it stands on
(RFC 9110 section 5.5).
"""

from collections.abc import Collection, Iterable
from typing import Any, Final

from wsgate.http1.errors import ResponseError
from wsgate.http1.events import Headers
from wsgate.http1.grammar import FIELD_VALUE, TOKEN
from wsgate.http1.names import COMMON_NAMES

Fields = Iterable[tuple[bytes, bytes]]

_Bytes = (bytes, bytearray, memoryview)


class DefaultFields:
    """Fields that a response has where the application sets none of that name.

    Their names are in lower case, and all of them are correct; ``lines`` is what they are on the
    wire, made once for many responses.
    """

    __slots__ = ("_fields", "lines", "names")

    def __init__(self, fields: Fields = ()) -> None:
        self._fields = list(fields)
        self.names = frozenset([name for name, _ in self._fields])
        self.lines = self.without(frozenset())

    def without(self, names: Collection[bytes]) -> bytes:
        """Return the lines of those fields whose name is not in ``names``."""
        return b"".join([b"%b: %b\r\n" % field for field in self._fields if field[0] not in names])


NO_DEFAULTS: Final = DefaultFields()


def add_fields(
    lines: list[bytes],
    fields: Fields,
    defaults: DefaultFields,
    claimed: frozenset[bytes] = frozenset(),
) -> Headers:
    """Add the lines of ``fields``, and of those ``defaults`` that no field has the name of.

    They are added in pieces, to be joined with all else. Fields whose name, in lower case, is in
    ``claimed`` are checked but not written: they are returned. Raises ResponseError.
    """
    values: list[bytes] = []
    taken: Headers = []
    overruled: list[bytes] = []
    given: list[Any] = []
    try:
        given += fields
        if not given:
            lines.append(defaults.lines)
            return taken
        for name, value in given:
            lowered = COMMON_NAMES.get(name) or _lowered(name)
            values.append(value)
            if lowered in claimed:
                taken.append((lowered, value if type(value) is bytes else bytes(memoryview(value))))
            else:
                lines += (lowered, b": ", value, b"\r\n")
                if lowered in defaults.names:
                    overruled.append(lowered)
        if not _is_text(b"".join(values)):
            raise _explained(given)
        lines.append(defaults.without(overruled) if overruled else defaults.lines)
        return taken
    except (TypeError, ValueError) as error:
        raise _explained(given) from error


def _is_text(value: bytes) -> bool:
    # What Unicode calls printable holds no control character: most values, at a tenth of the time.
    return value.decode("latin-1").isprintable() or FIELD_VALUE.fullmatch(value) is not None


def _lowered(name: bytes) -> bytes:
    if not TOKEN.fullmatch(name):
        raise ResponseError(f"the name of a header must be a token, got {name!r}")
    return name.lower()


def _explained(fields: list[Any]) -> ResponseError:
    """Say which of the fields is wrong, and why, without showing a value."""
    for field in fields:
        if not isinstance(field, (tuple, list)) or len(field) != 2:
            return ResponseError(f"a header must be a pair of name and value, got {field!r}")
        name, value = field
        if not isinstance(name, bytes):
            return _mistyped(f"the name of the header {name!r}", name)
        if not isinstance(value, _Bytes):
            return _mistyped(f"the value of the header {name!r}", value)
        if not FIELD_VALUE.fullmatch(value):
            return ResponseError(f"the value of the header {name!r} holds a control character")
    return ResponseError("headers must be an iterable of pairs of bytes")


def _mistyped(what: str, found: object) -> ResponseError:
    return ResponseError(f"{what} must be bytes, got {type(found).__name__}")
