"""A vector: the bytes that are sent, and the outcomes that are right.

The section is one of RFC 9112, or of the RFC that it names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

NEXT = b"GET /next HTTP/1.1\r\nHost: next\r\nConnection: close\r\n\r\n"
"""A correct request, which is sent behind others: it is answered, or the connection has ended."""

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
"""A request that no application may see: it is part of a body, or behind what was refused."""


class Force(Enum):
    """What stands behind a rule."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    GRAMMAR = "grammar"
    OWN = "own"


class Behind(Enum):
    """What follows the bytes of a vector."""

    NEXT = "the next request, in the same segment"
    LATER = "the next request, once an answer has come"
    END = "the end of the stream"
    SILENCE = "nothing, until the server has had enough"


class End(Enum):
    """How a connection ends."""

    CLOSED = "closed"
    RESET = "RST"
    OPEN = "stays open"


class Call(NamedTuple):
    """What the application sees of a request.

    target: path, unquoted, and query. names: of the fields, None in what is expected where it is
    not compared. complete: with the end of its body.
    """

    method: str
    target: str
    host: str = "a"
    body: str = ""
    names: frozenset[str] | None = None
    complete: bool = True


NEXT_CALL = Call("GET", "/next", "next")


@dataclass(frozen=True, slots=True)
class Expectation:
    """A right outcome: the final status codes in their order, the complete calls, the end.

    begun: whether the application may have begun a call that gets no end of its body.
    absent: names of fields that it must not see.
    """

    statuses: tuple[int, ...]
    calls: tuple[Call, ...] = ()
    end: End = End.CLOSED
    begun: bool = False
    absent: frozenset[str] = frozenset()


Expectations = tuple[Expectation, ...]


def refused(*statuses: int, begun: bool = False) -> Expectations:
    """One answer with one of these, then the end; not one more byte is processed.

    Others than we may call the application, as long as it learns that there is no whole request.
    """
    ours = Expectation(statuses[:1], begun=begun)
    return (ours, *(Expectation((status,), begun=True) for status in statuses))


def rejected(*statuses: int) -> Expectations:
    """As `refused`; but others may keep the connection, since the end of the request is clear."""
    kept = [
        each
        for status in statuses
        for each in (
            Expectation((status, 200), (NEXT_CALL,), begun=True),
            Expectation((status,), end=End.OPEN, begun=True),
        )
    ]
    return (*refused(*statuses), *kept)


def served(
    method: str = "GET", target: str = "/", host: str = "a", body: str = "", absent: str = ""
) -> Expectations:
    """Answered with 200, and so is the next request."""
    call = Call(method, target, host, body)
    return (Expectation((200, 200), (call, NEXT_CALL), absent=frozenset(absent.split())),)


def served_last(
    method: str = "GET", target: str = "/", host: str = "a", body: str = ""
) -> Expectations:
    """Answered with 200, and nothing behind it is processed."""
    return (Expectation((200,), (Call(method, target, host, body),)),)


CUT = (Expectation((), begun=True),)
"""The connection ends without an answer."""

WAITS = (Expectation((), end=End.OPEN, begun=True),)
"""The server takes what follows for a part of the request, and waits for more."""


@dataclass(frozen=True, slots=True)
class Vector:
    """expected: first what wsgate does, then what else is allowed."""

    id: str
    section: str
    force: Force
    stream: bytes
    expected: Expectations
    behind: Behind
    proxied: bool

    @property
    def refused(self) -> int:
        """The status of a request that is refused before any other is served; 0 for others."""
        first = self.expected[0]
        return first.statuses[0] if len(first.statuses) == 1 and not first.calls else 0


@dataclass(frozen=True, slots=True)
class Rule:
    """Vectors that differ in nothing but their bytes, by name; why: one sentence.

    proxied: sent through a proxy that tunnels behind each request for an upgrade.
    """

    id: str
    section: str
    force: Force
    why: str
    expected: Expectations
    streams: Mapping[str, bytes]
    behind: Behind = Behind.NEXT
    proxied: bool = False

    def vectors(self) -> Iterator[Vector]:
        """Give each with its id."""
        for name, stream in self.streams.items():
            yield Vector(
                f"{self.id}-{name}".removesuffix("-"),
                self.section,
                self.force,
                stream,
                self.expected,
                self.behind,
                self.proxied,
            )


def head(*fields: bytes, line: bytes = b"GET / HTTP/1.1") -> bytes:
    """Return a head with Host and these fields."""
    return b"\r\n".join((line, b"Host: a", *fields, b"", b""))


def post(*fields: bytes) -> bytes:
    """Return the head of a POST."""
    return head(*fields, line=b"POST / HTTP/1.1")


CHUNKED = post(b"Transfer-Encoding: chunked")
