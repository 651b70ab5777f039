"""The states of a reader: when it hands out what, and when nothing any more."""

import pytest

from tests.http1.feeding import NEXT, byte_by_byte, read
from tests.http1.vectors import CHUNKED, head, post
from wsgate.http1.errors import IncompleteBody, RequestError
from wsgate.http1.events import Data, Request, Signal
from wsgate.http1.parser import HeadParser
from wsgate.http1.reader import Limits, RequestReader

UPGRADE = head(b"Connection: Upgrade", b"Upgrade: websocket")


@pytest.fixture
def reader(parse_head: HeadParser) -> RequestReader:
    return RequestReader(parse_head, Limits())


def take_request(reader: RequestReader) -> Request:
    event = reader.next_event()
    assert isinstance(event, Request)
    return event


def test_events_of_one_request(reader: RequestReader) -> None:
    assert reader.next_event() is Signal.NEED_DATA
    reader.receive_data(post(b"Content-Length: 5"))
    take_request(reader)
    assert reader.next_event() is Signal.NEED_DATA
    reader.receive_data(b"hel")
    reader.receive_data(b"lo")
    assert reader.next_event() == Data(b"hello")
    assert reader.next_event() is Signal.END_OF_MESSAGE
    assert reader.next_event() is Signal.PAUSED
    assert reader.next_event() is Signal.PAUSED
    reader.start_next_request()
    assert reader.next_event() is Signal.NEED_DATA


def test_a_piece_of_a_body_is_not_copied(reader: RequestReader) -> None:
    reader.receive_data(post(b"Content-Length: 200000"))
    take_request(reader)
    piece = bytes(100_000)
    reader.receive_data(piece)
    event = reader.next_event()
    assert isinstance(event, Data)
    assert event.data is piece


def test_a_chunk_is_handed_out_as_it_comes(reader: RequestReader) -> None:
    reader.receive_data(CHUNKED + b"6\r\nabc")
    take_request(reader)
    assert reader.next_event() == Data(b"abc")
    assert reader.next_event() is Signal.NEED_DATA
    reader.receive_data(b"def\r\n1\r\ng\r\n0\r\n\r\n")
    assert reader.next_event() == Data(b"def")
    assert reader.next_event() == Data(b"g")
    assert reader.next_event() is Signal.END_OF_MESSAGE


@pytest.mark.parametrize("body", [b"", b"Content-Length: 1"])
def test_the_next_request_starts_only_after_the_end(reader: RequestReader, body: bytes) -> None:
    with pytest.raises(RuntimeError, match="after the end"):
        reader.start_next_request()
    reader.receive_data(post(body) if body else head())
    take_request(reader)
    with pytest.raises(RuntimeError, match="after the end"):
        reader.start_next_request()


def test_idle_and_buffered(reader: RequestReader) -> None:
    def state() -> tuple[bool, int]:
        return reader.idle, reader.buffered

    assert state() == (True, 0)
    reader.receive_data(b"GET")
    assert state() == (False, 3)
    assert reader.next_event() is Signal.NEED_DATA
    assert state() == (False, 3)
    reader.receive_data(head()[3:] + NEXT)
    take_request(reader)
    assert state() == (False, len(NEXT))
    assert reader.next_event() is Signal.END_OF_MESSAGE
    reader.start_next_request()
    assert state() == (False, len(NEXT))
    take_request(reader)
    assert state() == (False, 0)
    assert reader.next_event() is Signal.END_OF_MESSAGE
    assert state() == (False, 0)
    reader.start_next_request()
    assert state() == (True, 0)


def test_H35_end_of_stream_inside_a_body(parse_head: HeadParser) -> None:
    for stream in [
        post(b"Content-Length: 5") + b"hell",
        CHUNKED,
        CHUNKED + b"5",
        CHUNKED + b"5\r\nhell",
        CHUNKED + b"5\r\nhello",
        CHUNKED + b"5\r\nhello\r",
        CHUNKED + b"0\r\n",
        CHUNKED + b"0\r\nA: b\r\n\r",
    ]:
        for segments in ([stream], byte_by_byte(stream)):
            outcome = read(parse_head, segments, eof=True)
            assert isinstance(outcome.end, IncompleteBody)
            assert len(outcome.requests) == 1
            assert outcome.complete == 0


@pytest.mark.parametrize("part", [b"G", b"\r\nG", b"\r", head()[:-1], head()[:-2]])
def test_end_of_stream_inside_a_head(parse_head: HeadParser, part: bytes) -> None:
    assert read(parse_head, [part]).end is Signal.NEED_DATA
    assert read(parse_head, [part], eof=True).status == 400
    after_another = read(parse_head, byte_by_byte(NEXT + part), eof=True)
    assert (after_another.status, after_another.complete) == (400, 1)


def test_end_of_stream_between_requests(reader: RequestReader) -> None:
    reader.receive_eof()
    assert reader.next_event() is Signal.CLOSED
    assert reader.next_event() is Signal.CLOSED


def test_H13_end_of_stream_behind_an_empty_line(parse_head: HeadParser) -> None:
    outcome = read(parse_head, byte_by_byte(NEXT + b"\r\n"), eof=True)
    assert (outcome.complete, outcome.end) == (1, Signal.CLOSED)


def test_end_of_stream_does_not_spoil_what_came_before(reader: RequestReader) -> None:
    reader.receive_data(head() + NEXT)
    reader.receive_eof()
    assert take_request(reader).path == b"/"
    assert reader.next_event() is Signal.END_OF_MESSAGE
    assert reader.next_event() is Signal.PAUSED
    reader.start_next_request()
    assert take_request(reader).path == b"/next"
    assert reader.next_event() is Signal.END_OF_MESSAGE
    reader.start_next_request()
    assert reader.next_event() is Signal.CLOSED


def test_H36_pipelined_requests_wait_as_bytes(reader: RequestReader) -> None:
    requests = [head(line=b"GET /%d HTTP/1.1" % number) for number in range(10_000)]
    reader.receive_data(b"".join(requests))
    left = reader.buffered
    for number, request in enumerate(requests):
        assert take_request(reader).path == b"/%d" % number
        left -= len(request)
        assert reader.buffered == left
        assert reader.next_event() is Signal.END_OF_MESSAGE
        assert reader.next_event() is Signal.PAUSED
        assert reader.buffered == left
        reader.start_next_request()
    assert reader.idle


def test_H36_segments_that_come_while_requests_wait(reader: RequestReader) -> None:
    reader.receive_data(NEXT * 2)
    for _ in range(1000):
        take_request(reader)
        assert reader.next_event() is Signal.END_OF_MESSAGE
        reader.receive_data(NEXT)
        assert reader.buffered == len(NEXT) * 2
        reader.start_next_request()


@pytest.mark.parametrize(
    "request_that_closes",
    [
        pytest.param(head(b"Connection: close"), id="H37-1.1"),
        pytest.param(head(line=b"GET / HTTP/1.0"), id="H37-1.0"),
        pytest.param(post(b"Connection: close", b"Content-Length: 2") + b"ab", id="H37-body"),
    ],
)
def test_nothing_is_read_after_the_last_request(
    parse_head: HeadParser, request_that_closes: bytes
) -> None:
    for segments in ([request_that_closes + NEXT], byte_by_byte(request_that_closes + NEXT)):
        outcome = read(parse_head, segments)
        assert outcome.complete == len(outcome.requests) == 1
        assert outcome.end is Signal.CLOSED


def test_H37_what_comes_after_the_last_request_is_not_kept(reader: RequestReader) -> None:
    reader.receive_data(head(b"Connection: close") + NEXT)
    take_request(reader)
    assert reader.next_event() is Signal.END_OF_MESSAGE
    reader.start_next_request()
    assert reader.next_event() is Signal.CLOSED
    reader.receive_data(NEXT)
    reader.start_next_request()
    assert reader.buffered == 0
    assert not reader.idle
    assert reader.next_event() is Signal.CLOSED


def test_H38_an_error_is_raised_once_and_nothing_is_kept(reader: RequestReader) -> None:
    reader.receive_data(b"GET / HTTP/1.1\r\n\r\n" + NEXT)
    with pytest.raises(RequestError, match=r"Host is missing|malformed"):
        reader.next_event()
    reader.receive_data(NEXT)
    reader.receive_eof()
    assert reader.next_event() is Signal.CLOSED
    assert reader.buffered == 0


@pytest.mark.parametrize("fields", [[], [b"Connection: close"]])
def test_U26_take_over_what_came_behind_the_head(
    reader: RequestReader, fields: list[bytes]
) -> None:
    frames = b"\x81\x80\0\0\0\0"
    reader.receive_data(UPGRADE[:-2] + b"".join(field + b"\r\n" for field in fields) + b"\r\n")
    assert take_request(reader).upgrade
    reader.receive_data(frames[:2])
    assert reader.next_event() is Signal.END_OF_MESSAGE
    assert reader.next_event() is Signal.PAUSED
    reader.receive_data(frames[2:])
    assert reader.take_over() == frames
    assert reader.take_over() == b""
    reader.receive_data(NEXT)
    assert reader.next_event() is Signal.CLOSED


def test_an_upgrade_that_is_not_taken_is_an_ordinary_request(parse_head: HeadParser) -> None:
    outcome = read(parse_head, [UPGRADE + NEXT])
    assert [request.upgrade for request in outcome.requests] == [True, False]
