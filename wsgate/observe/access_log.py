"""The access log: a line for each HTTP request, two for each websocket.

README.md beside this file shows the forms. What the peer sent reaches the log as printable ASCII
only, bounded in length, and without the values of parameters that hold secrets.
"""

import logging
import re
from urllib.parse import quote, quote_from_bytes

from wsgate.config import Config

LONGEST = 2048
"""Bytes of a target, and characters of a refusal's message, that are logged; the rest is cut."""

NOT_ANSWERED = 499
"""The status of a request whose client left before an answer; nginx writes the same."""

SECRETS = ("token", "access_token", "key", "password", "secret", "signature")
"""Names of query parameters whose values are not logged, in any case and percent-encoded too."""

_PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
# Neither ends the quoted request line early nor looks like an escape.
_TARGET_SAFE = re.sub(r'[ "\\]', "", _PRINTABLE)
_PLAIN = re.compile(rb"[%s]{0,%d}" % (re.escape(_TARGET_SAFE.encode()), LONGEST))


def _in_any_form(name: str) -> str:
    """A pattern for the name with each character as it is or percent-encoded."""
    return "".join(f"(?:{c}|%{ord(c):02x}|%{ord(c.upper()):02x})" for c in name)


# Every part of the pattern has a fixed length but the last, which nothing follows: linear time.
# Applications differ in what separates parameters: a name may follow any of the three, but only
# "&" ends the value in all of them.
_SECRET = re.compile(
    rf"([?&;](?:{'|'.join(map(_in_any_form, SECRETS))})=)[^&]*".encode(), re.IGNORECASE
)


def loggable(target: bytes) -> str:
    """The target of a request as text that is safe in one line of a log.

    Printable ASCII; space, double quote, backslash and all other bytes are percent-encoded; the
    values of SECRETS are ``[redacted]``; what is behind LONGEST bytes is ``[cut]``.
    """
    if _PLAIN.fullmatch(target) and not _SECRET.search(target):
        return target.decode("ascii")
    # Cut first: a name that is cut has lost its value with it.
    shown = _SECRET.sub(rb"\1[redacted]", target[:LONGEST])
    return quote_from_bytes(shown, _TARGET_SAFE) + ("[cut]" if len(target) > LONGEST else "")


class AccessLog:
    """Writes to the logger "wsgate.access" at level INFO.

    enabled: whether anything would be written, as logging is set up when this is made; callers
    skip the calls where it is False. client: who asked, ``127.0.0.1:51234``. target: path and
    query as they came.
    """

    __slots__ = ("_info", "enabled")

    def __init__(self, config: Config) -> None:
        logger = logging.getLogger("wsgate.access")
        self.enabled = config.access_log and logger.isEnabledFor(logging.INFO)
        self._info = logger.info

    def http(self, client: str, method: str, target: bytes, http_version: str, status: int) -> None:
        """Log a request. method: a token (RFC 9110 9.1); status: 0 where it was not answered."""
        self._info(
            '%s - "%.32s %s HTTP/%s" %d',
            *(client, method, loggable(target), http_version, status or NOT_ANSWERED),
        )

    def websocket_opened(self, client: str, target: bytes) -> None:
        """Log that the opening handshake is complete."""
        self._info('%s - "WebSocket %s" open', client, loggable(target))

    def websocket_closed(
        self,
        client: str,
        target: bytes,
        code: int,
        duration: float,
        messages_in: int,
        bytes_in: int,
        messages_out: int,
        bytes_out: int,
    ) -> None:
        """Log the end of a websocket. duration: seconds; in: from the peer."""
        self._info(
            '%s - "WebSocket %s" closed %d after %.1f s, in %s %s, out %s %s',
            *(client, loggable(target), code, duration),
            *(_counted(messages_in, "message"), _counted(bytes_in, "byte")),
            *(_counted(messages_out, "message"), _counted(bytes_out, "byte")),
        )

    def refused(self, client: str, status: int, message: str) -> None:
        """Log bytes that never became a request, and the status they were answered with."""
        text = quote(message[:LONGEST], safe=_PRINTABLE, errors="backslashreplace")
        self._info("%s - refused %d: %s", client, status, text)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
