"""The access log: a line for each HTTP request, two for each websocket.

README.md beside this file shows the forms. What the peer sent reaches the log as printable ASCII
only, bounded in length, and without the values of parameters that hold secrets.
"""

import logging
from dataclasses import dataclass
from urllib.parse import quote

from wsgate.config import Config
from wsgate.observe.repeats import Later, Repeats
from wsgate.observe.targets import LONGEST, PRINTABLE, Targets

NOT_ANSWERED = 499
"""The status of a request whose client left before an answer; nginx writes the same."""

LONGEST_METHOD = 32
"""Characters of a method that are logged; the longest of IANA's has 17."""

WRONG = frozenset({"protocol", "invalid_payload", "policy", "too_big", "rate"})
"""Causes that a peer can bring about as often as it likes, to fill the log."""

_OPTIONAL = {
    "compression_in": ", compression in %(compression_in).1f",
    "compression_out": ", compression out %(compression_out).1f",
    "ping": ", ping %(ping).3f s",
}


@dataclass(frozen=True)
class Ending:
    """What is told of a websocket that ended.

    initiator: who ended it, peer, application or server; cause: a word. Durations are in seconds;
    in: from the peer; bytes: of the messages, without frames and compression. compression: by how
    much compressed messages were larger than what went over the wire, in and out; ping: the last
    round trip; both None where there was none.
    """

    code: int
    cause: str
    initiator: str
    duration: float
    messages_in: int
    bytes_in: int
    messages_out: int
    bytes_out: int
    compression_in: float | None = None
    compression_out: float | None = None
    ping: float | None = None


class AccessLog:
    """Writes to the logger "wsgate.access" at level INFO.

    enabled: whether anything would be written, as logging is set up when this is made; callers
    skip the calls where it is False. client: who asked, ``127.0.0.1:51234``. target: path and
    query as they came. The arguments of a record are one mapping, whose keys JSON has too. Of what
    one peer does wrong, only so many lines are written; later: of the event loop, to tell the rest.
    """

    __slots__ = ("_info", "_loggable", "_repeats", "enabled")

    def __init__(self, config: Config, later: Later | None = None) -> None:
        logger = logging.getLogger("wsgate.access")
        self.enabled = config.access_log and logger.isEnabledFor(logging.INFO)
        self._info = logger.info
        self._loggable = Targets(config.log_redact).loggable
        self._repeats = Repeats(config.log_repeats, self.more, later)

    def http(
        self,
        client: str,
        method: str,
        target: bytes,
        http_version: str,
        status: int,
        cause: str = "",
    ) -> None:
        """Log a request. method: a token (RFC 9110 9.1); status: 0 where it was not answered.

        cause: a word for why the server did not let it come to its end.
        """
        if cause and not self._repeats.passes(client, cause):
            return
        fields = {
            "event": "request",
            "client": client,
            "method": method[:LONGEST_METHOD],
            "target": self._loggable(target),
            "http_version": http_version,
            "status": status or NOT_ANSWERED,
        }
        form = '%(client)s - "%(method)s %(target)s HTTP/%(http_version)s" %(status)d'
        if cause:
            fields["cause"] = cause
            form += " (%(cause)s)"
        self._info(form, fields)

    def websocket_opened(self, client: str, target: bytes) -> None:
        """Log that the opening handshake is complete."""
        self._info(
            '%(client)s - "WebSocket %(target)s" open',
            {"event": "websocket_open", "client": client, "target": self._loggable(target)},
        )

    def websocket_closed(self, client: str, target: bytes, ending: Ending) -> None:
        """Log the end of a websocket."""
        if ending.cause in WRONG and not self._repeats.passes(client, ending.cause):
            return
        fields = {
            "event": "websocket_close",
            "client": client,
            "target": self._loggable(target),
            **{name: value for name, value in vars(ending).items() if value is not None},
        }
        form = (
            '%(client)s - "WebSocket %(target)s" closed %(code)d (%(cause)s, by the %(initiator)s) '
            "after %(duration).1f s, "
            f"in {_counted('in', ending.messages_in, ending.bytes_in)}, "
            f"out {_counted('out', ending.messages_out, ending.bytes_out)}"
        )
        form += "".join(text for name, text in _OPTIONAL.items() if name in fields)
        self._info(form, fields)

    def refused(self, client: str, status: int, message: str) -> None:
        """Log bytes that never became a request, and the status they were answered with."""
        if not self._repeats.passes(client, f"refused {status}"):
            return
        text = quote(message[:LONGEST], safe=PRINTABLE, errors="backslashreplace")
        self._info(
            "%(client)s - refused %(status)d: %(reason)s",
            {"event": "refused", "client": client, "status": status, "reason": text},
        )

    def close(self) -> None:
        """Write what was counted until now."""
        self._repeats.close()

    def more(self, client: str, kind: str, count: int, seconds: float) -> None:
        """Log how many more lines of a kind there would have been; client: without a port."""
        self._info(
            "%(client)s - %(count)d more of %(kind)s in %(seconds).0f s",
            {
                "event": "repeats",
                "client": client,
                "kind": kind,
                "count": count,
                "seconds": round(seconds, 3),
            },
        )


def _counted(way: str, messages: int, size: int) -> str:
    """The format of one direction."""
    texts = ((messages, "messages"), (size, "bytes"))
    return " ".join(f"%({n}_{way})d {n[:-1] if count == 1 else n}" for count, n in texts)
