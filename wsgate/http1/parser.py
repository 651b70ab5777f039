"""The one interface of both parsers: a complete head in, its parts out."""

from typing import Protocol

from wsgate.http1.events import Headers


class Head:
    """The parts of a request's head, as they stood on the wire but for the case of field names."""

    __slots__ = ("headers", "http_version", "method", "target")

    def __init__(self, method: bytes, target: bytes, http_version: str, headers: Headers) -> None:
        self.method = method
        self.target = target
        self.http_version = http_version
        self.headers = headers


class HeadParser(Protocol):
    """Splits a head; what its parts mean is judged in `validation`, once for all parsers."""

    def __call__(self, head: bytes) -> Head:
        """Parse ``head``, which ends with its empty line; raises RequestError(400)."""
        ...
