"""Incremental check of UTF-8 (RFC 3629, RFC 6455 section 8.1).

Text fails at the first byte that cannot be part of valid UTF-8, wherever frames and segments cut
it, without waiting for the rest (Autobahn 6.4).
"""

from codecs import utf_8_decode
from typing import Final

SLICE: Final = 512
"""Bytes that are decoded at a time: what they decode to takes up to four times as much.

Of much data it is a 32nd part, so that it takes an eighth of that at most.
"""


class Utf8Error(ValueError):
    """The text is not UTF-8, whatever may follow."""


def check(pending: bytes, data: bytes) -> bytes:
    """Check the next piece of a text and return what is still pending.

    `pending` is what the call before returned, b"" at the start of a text. The result is the
    beginning of a code point that `data` cuts off, at most 3 bytes; a text that ends must leave
    b"". Raises Utf8Error.
    """
    if not pending and data.isascii():
        return b""
    size = max(SLICE, len(data) >> 5)
    for start in range(0, len(data), size):
        pending = _check(pending, data[start : start + size])
    return pending


def _check(pending: bytes, data: bytes) -> bytes:
    if pending:
        data = pending + data
    try:
        consumed = utf_8_decode(data, "strict", False)[1]
    except UnicodeDecodeError as error:
        raise Utf8Error(f"invalid UTF-8: {error.reason}") from None
    tail = data[consumed:]
    # The decoder keeps half a surrogate (U+D800 to U+DFFF) for its "surrogatepass" handler.
    if b"\xed\xa0" <= tail < b"\xee":
        raise Utf8Error("invalid UTF-8: a surrogate")
    return tail
