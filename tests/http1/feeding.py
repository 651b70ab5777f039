"""Streams cut into segments, and what a reader makes of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from wsgate.http1.errors import IncompleteBody, RequestError
from wsgate.http1.events import Data, Request, Signal
from wsgate.http1.parser import HeadParser
from wsgate.http1.reader import Limits, RequestReader

NEXT = b"GET /next HTTP/1.1\r\nHost: next\r\n\r\n"
"""A correct request, to be sent behind something that must end the connection."""


@dataclass
class Outcome:
    """What came of a stream: the same, however it was cut and whichever parser read it.

    (All but the words of a refusal: a parser may see first what our own rules would refuse.)
    """

    requests: list[Request] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    """As far as they came, one of each request."""
    complete: int = 0
    """How many of the requests are complete."""
    end: Signal | RequestError | IncompleteBody = Signal.NEED_DATA

    @property
    def status(self) -> int:
        """The status of the refusal that ended the stream, 0 where none did."""
        return self.end.status if isinstance(self.end, RequestError) else 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Outcome) and self._facts() == other._facts()

    def _facts(self) -> tuple[object, ...]:
        return self.requests, self.bodies, self.complete, type(self.end), self.status


def read(
    parse_head: HeadParser,
    segments: Iterable[bytes],
    *,
    limits: Limits | None = None,
    eof: bool = False,
) -> Outcome:
    """Read all requests of a stream, taking each event as soon as it is there."""
    reader = RequestReader(parse_head, limits or Limits())
    outcome = Outcome()
    for segment in segments:
        reader.receive_data(segment)
        _pull(reader, outcome)
    if eof:
        reader.receive_eof()
        _pull(reader, outcome)
    return outcome


def _pull(reader: RequestReader, outcome: Outcome) -> None:
    while True:
        try:
            event = reader.next_event()
        except (RequestError, IncompleteBody) as error:
            outcome.end = error
            assert reader.next_event() is Signal.CLOSED
            return
        if isinstance(event, Request):
            outcome.requests.append(event)
            outcome.bodies.append(b"")
        elif isinstance(event, Data):
            assert event.data
            outcome.bodies[-1] += event.data
        elif event is Signal.END_OF_MESSAGE:
            outcome.complete += 1
        elif event is Signal.PAUSED:
            reader.start_next_request()
        else:
            if not isinstance(outcome.end, Exception):
                outcome.end = event
            return


def byte_by_byte(stream: bytes) -> list[bytes]:
    return [stream[at : at + 1] for at in range(len(stream))]


def cut(stream: bytes, places: Sequence[float]) -> list[bytes]:
    """Cut a stream at places between 0.0, its begin, and 1.0, its end."""
    edges = [0, *sorted(round(place * len(stream)) for place in places), len(stream)]
    return [stream[a:b] for a, b in pairwise(edges) if a < b]


def one(parse_head: HeadParser, stream: bytes, limits: Limits | None = None) -> Request:
    """Read the one request of a stream, whole and byte by byte."""
    outcome = read(parse_head, [stream], limits=limits)
    assert read(parse_head, byte_by_byte(stream), limits=limits) == outcome
    assert outcome.status == 0
    (request,) = outcome.requests
    return request
