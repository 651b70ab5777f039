"""Heads through httptools, the Python face of llhttp."""

from typing import TYPE_CHECKING, Final

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from wsgate.http1.errors import RequestError
from wsgate.http1.names import COMMON_NAMES
from wsgate.http1.parser import Head

if TYPE_CHECKING:
    from wsgate.http1.events import Headers


_ONE: Final = ord("1")


class _Parts:
    """Receives what the parser finds, by the names that httptools calls."""

    __slots__ = ("headers", "target")

    def __init__(self) -> None:
        self.target = b""
        self.headers: Headers = []

    def on_url(self, url: bytes) -> None:
        self.target = url

    def on_header(self, name: bytes, value: bytes) -> None:
        # llhttp takes the white space in front of a value away, but not that behind it.
        self.headers.append((COMMON_NAMES.get(name) or name.lower(), value.rstrip()))


def parse_head(head: bytes) -> Head:
    """Parse ``head`` as `HeadParser` asks."""
    parts = _Parts()
    parser = HttpRequestParser(parts)
    try:
        parser.feed_data(head)
    except HttpParserUpgrade:
        pass
    except HttpParserError as error:
        raise RequestError(400, "The head of the request is malformed.") from error
    method, target = parser.get_method(), parts.target
    # The request line is known to be right: "HTTP/1." and a digit stand behind method and target.
    minor = head[len(method) + len(target) + 9]
    return Head(method, target, "1.1" if minor == _ONE else "1.0", parts.headers)
