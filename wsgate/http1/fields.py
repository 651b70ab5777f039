"""The fields of a response: checked together, explained one by one where that fails.

No field is written before all were found correct, so that no value can end the line it stands on
(RFC 9110 section 5.5).
"""

from collections.abc import Collection, Iterable
from typing import Any

from wsgate.http1.errors import ResponseError
from wsgate.http1.events import Headers
from wsgate.http1.grammar import FIELD_VALUE, HEAD_BYTES, TOKEN
from wsgate.http1.names import COMMON_NAMES

Fields = Iterable[tuple[bytes, bytes]]

_Bytes = (bytes, bytearray, memoryview)


def serialize_fields(
    fields: Fields, defaults: Fields, claimed: Collection[bytes] = ()
) -> tuple[bytes, Headers]:
    """Return the lines of ``fields``, and of those ``defaults`` that no field has the name of.

    Fields whose name, in lower case, is in ``claimed`` are checked but not written: they are
    returned beside the lines. Raises ResponseError.
    """
    present: set[bytes] = set()
    lines: list[bytes] = []
    taken: Headers = []
    given: list[Any] = []
    try:
        given += fields
        for name, value in given:
            lowered = COMMON_NAMES.get(name) or _lowered(name)
            present.add(lowered)
            if lowered in claimed:
                taken.append((lowered, value))
            else:
                lines.append(b"%b: %b\r\n" % (name, value))
        lines += [b"%b: %b\r\n" % field for field in defaults if field[0] not in present]
        correct = all(FIELD_VALUE.fullmatch(value) for _, value in taken)
    except (TypeError, ValueError) as error:
        raise _explained(given) from error
    block = b"".join(lines)
    count = len(lines)
    if (
        not correct
        or block.count(b"\n") != count
        or block.count(b"\r") != count
        or block.translate(None, HEAD_BYTES)
    ):
        raise _explained(given)
    return block, taken


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
