"""Bodies that must be read, and the request behind each of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.http1.feeding import NEXT, byte_by_byte, cut, one, read
from tests.http1.vectors import CHUNKED, post
from wsgate.http1.body import CHUNK_HEADER_LIMIT, TRAILER_LIMIT
from wsgate.http1.events import Signal
from wsgate.http1.parser import HeadParser
from wsgate.http1.parsers import PARSERS

BODIES = [
    pytest.param(post(b"Content-Length: 5") + b"hello", b"hello", id="length"),
    pytest.param(post(b"Content-Length: \t 005 ") + b"he\0\r\n", b"he\0\r\n", id="H29-zeros"),
    pytest.param(post(b"Content-Length: 0"), b"", id="length-0"),
    pytest.param(post(), b"", id="none"),
    pytest.param(CHUNKED + b"0\r\n\r\n", b"", id="chunked-empty"),
    pytest.param(post(b"transfer-encoding: CHUNKED ") + b"0\r\n\r\n", b"", id="H26-case"),
    pytest.param(CHUNKED + b"5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", b"hello!", id="chunked"),
    pytest.param(CHUNKED + b"A\r\n0123456789\r\n00\r\n\r\n", b"0123456789", id="H31-hex"),
    pytest.param(CHUNKED + b"0" * 15 + b"1\r\na\r\n0\r\n\r\n", b"a", id="H31-16-digits"),
    pytest.param(CHUNKED + b"2\r\n\r\n\r\n0\r\n\r\n", b"\r\n", id="H33-data-of-line-ends"),
    pytest.param(
        CHUNKED + b'1;a;b=c ; d = "e\\"\xff;\t"\r\n!\r\n0;x\r\n\r\n', b"!", id="H32-extensions"
    ),
    pytest.param(
        CHUNKED + b"1;a=" + b"b" * (CHUNK_HEADER_LIMIT - 6) + b"\r\n!\r\n0\r\n\r\n",
        b"!",
        id="H32-at-the-limit",
    ),
    pytest.param(
        CHUNKED + b"0\r\nA: " + b"b" * (TRAILER_LIMIT - 7) + b"\r\n\r\n",
        b"",
        id="H34-at-the-limit",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("stream", "body"), BODIES)
def test_body_and_the_request_behind_it(parse_head: HeadParser, stream: bytes, body: bytes) -> None:
    outcome = read(parse_head, [stream + NEXT])
    assert outcome.bodies == [body, b""]
    assert [request.path for request in outcome.requests] == [b"/", b"/next"]

    assert outcome.end is Signal.NEED_DATA
    assert read(parse_head, byte_by_byte(stream + NEXT)) == outcome
    assert read(parse_head, [stream, NEXT]) == outcome


STREAMS = [stream for param in BODIES if isinstance(stream := param.values[0], bytes)]


@given(
    streams=st.lists(st.sampled_from(STREAMS), max_size=4),
    places=st.lists(st.floats(0, 1), max_size=8),
    parser=st.sampled_from(sorted(PARSERS)),
)
def test_pipelined_requests_in_random_pieces(
    streams: list[bytes], places: list[float], parser: str
) -> None:
    stream = b"".join(streams)
    outcome = read(PARSERS[parser], cut(stream, places))
    assert outcome == read(PARSERS[parser], [stream] if stream else [])
    assert outcome.complete == len(streams)


def test_H26_the_coding_reaches_the_application_in_one_spelling(parse_head: HeadParser) -> None:
    request = one(parse_head, post(b"Transfer-Encoding: CHUNKED") + b"0\r\n\r\n")
    assert request.headers == [(b"host", b"a"), (b"transfer-encoding", b"chunked")]


def test_H34_trailers_are_dropped(parse_head: HeadParser) -> None:
    stream = CHUNKED + b"0\r\nX-Admin: yes\r\nB:\t\xffc \r\n\r\n"
    request = one(parse_head, stream)
    assert request.headers == [(b"host", b"a"), (b"transfer-encoding", b"chunked")]
