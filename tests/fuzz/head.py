"""A stream of requests into both parsers: the same requests and bodies, or the same refusal."""

from __future__ import annotations

from tests.fuzz.choices import Choices, ways
from tests.http1.feeding import read
from wsgate.http1.events import Request
from wsgate.http1.grammar import FIELD_VALUE, METHODS, TOKEN
from wsgate.http1.parsers import PARSERS
from wsgate.http1.reader import Limits

LIMITS = (
    Limits(),
    Limits(request_line=200, head=600, fields=10),
    Limits(request_line=20, head=60, fields=2),
)


def TestOneInput(data: bytes) -> None:
    """Five decisions (the limits, the end, three sizes of pieces), then the stream."""
    choices = Choices(data)
    limits, eof = choices.pick(LIMITS), choices.pick((False, True))
    sizes = choices.take(3)
    check(choices.rest(), limits, eof, sizes)


def check(stream: bytes, limits: Limits, eof: bool, sizes: bytes) -> None:
    wanted = read(PARSERS["httptools"], [stream], limits=limits, eof=eof)
    for parse_head in PARSERS.values():
        for segments in ways(stream, sizes):
            assert read(parse_head, segments, limits=limits, eof=eof) == wanted
    for request in wanted.requests:
        check_request(request)


def check_request(request: Request) -> None:
    """What the application will see is sound, and means the same when it is written plainly."""
    assert request.method.encode() in METHODS
    assert request.path.startswith(b"/") or (request.method, request.path) == ("OPTIONS", b"*")
    for name, value in request.headers:
        assert TOKEN.fullmatch(name)
        assert name == name.lower()
        assert FIELD_VALUE.fullmatch(value)
        assert value == value.strip(b" \t")
    for parse_head in PARSERS.values():
        assert read(parse_head, [serialize(request)]).requests == [request]


def serialize(request: Request) -> bytes:
    """The head, as a careful client writes it."""
    target = request.path + (b"?" + request.query if request.query else b"")
    lines = [b"%b %b HTTP/%b" % (request.method.encode(), target, request.http_version.encode())]
    lines += [b"%b: %b" % field for field in request.headers]
    return b"\r\n".join([*lines, b"", b""])
