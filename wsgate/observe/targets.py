"""The target of a request as a log shows it: one printable word, bounded, without secrets."""

import re
from collections.abc import Iterable
from urllib.parse import quote_from_bytes

LONGEST = 2048
"""Bytes of a target that are logged; the rest is cut."""

PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
"""ASCII that shows."""

# Neither ends the quoted request line early nor looks like an escape.
_SAFE = re.sub(r'[ "\\]', "", PRINTABLE)
_PLAIN = re.compile(rb"[%s]{0,%d}" % (re.escape(_SAFE.encode()), LONGEST))
_NEVER = re.compile(rb"(?!)")


class Targets:
    """Makes targets loggable. redacted: names of query parameters whose values are secrets."""

    def __init__(self, redacted: Iterable[str]) -> None:
        self._secret = _values_of([_in_any_form(name) for name in redacted])

    def loggable(self, target: bytes) -> str:
        """Give the target of a request as text that is safe in one line of a log.

        Printable ASCII; space, double quote, backslash and all other bytes are percent-encoded;
        the values of secrets are ``[redacted]``; what is behind LONGEST bytes is ``[cut]``.
        """
        if _PLAIN.fullmatch(target) and not self._secret.search(target):
            return target.decode("ascii")
        # Cut first: a name that is cut has lost its value with it.
        shown = self._secret.sub(rb"\1[redacted]", target[:LONGEST])
        return quote_from_bytes(shown, _SAFE) + ("[cut]" if len(target) > LONGEST else "")


def _in_any_form(name: str) -> bytes:
    """A pattern for the name with each byte as it is or percent-encoded."""
    each = [bytes([byte]) for byte in name.encode()]
    return b"".join(
        b"(?:%s|%%%02x|%%%02x)" % (re.escape(c), c.lower()[0], c.upper()[0]) for c in each
    )


def _values_of(names: list[bytes]) -> re.Pattern[bytes]:
    """A pattern for a parameter, its name in the first group.

    Every part has a fixed length but the last, which nothing follows: linear time. Applications
    differ in what separates parameters: a name may follow any of the three, but only "&" ends the
    value in all of them.
    """
    if not names:
        return _NEVER
    return re.compile(rb"([?&;](?:" + b"|".join(names) + rb")=)[^&]*", re.IGNORECASE)
