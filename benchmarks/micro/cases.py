"""The cases: which path a message takes, and what the message is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum


class Path(Enum):
    """The part of the way that a case drives over and over."""

    RECEIVE = "receive"
    """From the bytes of the peer to what `receive()` returns."""
    SEND = "send"
    """From `send()` to the bytes for the peer, one message a turn of the loop."""
    PUSH = "push"
    """The same, all messages in one turn of the loop."""
    ECHO = "echo"
    """Both, through an application that sends back what comes."""
    OPEN = "open"
    """A connection: request, 101, loss, and the application told of it."""
    REQUEST = "request"
    """A plain HTTP request on a connection that is kept."""


@dataclass(frozen=True, slots=True)
class Case:
    """One path with one message. size: bytes of the payload. in_flight: messages a turn."""

    path: Path
    size: int = 0
    kind: str = ""
    in_flight: int = 1
    compressed: bool = False

    @property
    def name(self) -> str:
        """How the case is called, `echo-text-32x16`."""
        many = f"x{self.in_flight}" if self.in_flight > 1 else ""
        size = f"{self.size}{many}" if self.size else ""
        words = (self.path.value, self.kind, size, "deflate" if self.compressed else "")
        return "-".join(filter(None, words))

    @property
    def messages(self) -> int:
        """How many are counted: a large one takes long under valgrind."""
        return 16 if self.size >= 1 << 20 else 256

    @property
    def payload(self) -> bytes:
        """The message: ASCII; JSON that shrinks as such messages do where it is compressed."""
        if self.compressed:
            return document(self.size)
        return b"x" * self.size


SMALL, MIDDLE, LARGE = 32, 16 << 10, 1 << 20

CASES = (
    *(
        Case(path, size, kind)
        for path in (Path.RECEIVE, Path.SEND)
        for kind in ("text", "binary")
        for size in (SMALL, MIDDLE, LARGE)
    ),
    Case(Path.PUSH, SMALL, "text"),
    Case(Path.ECHO, SMALL, "text"),
    Case(Path.ECHO, SMALL, "text", in_flight=16),
    Case(Path.RECEIVE, 1024, "text", compressed=True),
    Case(Path.SEND, 1024, "text", compressed=True),
    Case(Path.OPEN),
    Case(Path.REQUEST),
)
BY_NAME = {case.name: case for case in CASES}


def document(size: int) -> bytes:
    """Make a JSON document of exactly so many bytes."""
    rows = [{"id": row, "user": f"user{row * 7919 % 997}", "ok": row % 3 == 0} for row in range(99)]
    return json.dumps(rows).encode()[: size - 1].ljust(size, b"]")
