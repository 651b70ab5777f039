"""Both parsers, any input: the same requests and bodies, the same refusal at the same byte."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.http1.feeding import byte_by_byte, cut, read
from tests.http1.vectors import LIMITS, REFUSED
from wsgate.http1.parsers import PARSERS

pytestmark = pytest.mark.once

LINES = [
    b"GET / HTTP/1.1", b"GET /a?b HTTP/1.1", b"POST /x HTTP/1.1", b"POST / HTTP/1.0",
    b"GET http://b/ HTTP/1.1", b"OPTIONS * HTTP/1.1", b"HEAD / HTTP/1.0", b"GET / HTTP/2.0",
]  # fmt: skip
FIELDS = [
    b"Host: a", b"host:b:80", b"Host: a,b", b"Host:",
    b"Content-Length: 5", b"content-length:3", b"Content-Length: 5, 5", b"Content-Length: 0",
    b"Transfer-Encoding: chunked", b"Transfer-Encoding: Chunked", b"Transfer-Encoding: gzip",
    b"Transfer-Encoding: gzip, chunked", b"TE: trailers", b"Expect: 100-continue", b"Expect: x",
    b"Connection: close", b"Connection: keep-alive, Upgrade", b"Connection: \t",
    b"Upgrade: websocket", b"Upgrade: h2c", b"Proxy-Connection: close", b"Keep-Alive: 5",
    b"X-A: b\xff \t", b"X_y!#$%&'*+.^`|~: z", b"X:" + b" " * 30, b"X:y:z",
]  # fmt: skip
BODIES = [b"", b"hello", b"5\r\nhello\r\n0\r\n\r\n", b"0\r\nX: y\r\n\r\n", b"3;a=b\r\nabc\r\n"]
SPICES = [
    b"\r\n", b"\n", b"\r", b"\r\n\r\n", b" ", b"\t", b"\0", b"\x0b", b"\x7f", b"\x85", b"\xff",
    b":", b",", b"/", b"?", b"#", b"@", b"*", b"%", b'"', b";", b"0", b"_", b"[::1]",
    b"HTTP/1.0", b"chunked",
]  # fmt: skip

requests = st.builds(
    lambda line, fields, body: b"\r\n".join((line, *fields, b"", body)),
    st.sampled_from(LINES),
    st.lists(st.sampled_from(FIELDS), max_size=6).map(lambda fields: [b"Host: a", *fields])
    | st.lists(st.sampled_from(FIELDS), max_size=6),
    st.sampled_from(BODIES),
)
vectors = st.sampled_from(
    [stream for param in REFUSED if isinstance(stream := param.values[0], bytes)]
).filter(lambda stream: len(stream) < 2000)
mutations = st.tuples(
    st.floats(0, 1), st.integers(0, 3), st.sampled_from(SPICES) | st.binary(max_size=2)
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Draw a few requests behind each other, with bytes put in, taken out and replaced."""
    stream = b"".join(draw(st.lists(requests | vectors, min_size=1, max_size=3)))
    for place, removed, spice in draw(st.lists(mutations, max_size=4)):
        at = round(place * len(stream))
        stream = stream[:at] + spice + stream[at + removed :]
    return stream


@settings(max_examples=1000)
@given(stream=mutated())
def test_both_parsers_agree(stream: bytes) -> None:
    h11 = read(PARSERS["h11"], [stream], limits=LIMITS, eof=True)
    httptools = read(PARSERS["httptools"], [stream], limits=LIMITS, eof=True)
    assert h11 == httptools


@settings(max_examples=1000)
@given(stream=mutated(), places=st.lists(st.floats(0, 1), max_size=6))
def test_cuts_change_nothing(stream: bytes, places: list[float]) -> None:
    parse_head = PARSERS["httptools"]
    whole = read(parse_head, [stream], limits=LIMITS, eof=True)
    assert read(parse_head, cut(stream, places), limits=LIMITS, eof=True) == whole
    assert read(parse_head, byte_by_byte(stream), limits=LIMITS, eof=True) == whole
