"""Requests that must be served, and what of them reaches the application."""

import pytest

from tests.http1.feeding import NEXT, byte_by_byte, one, read
from tests.http1.vectors import head
from wsgate.http1.events import Request
from wsgate.http1.grammar import METHODS
from wsgate.http1.parser import HeadParser
from wsgate.http1.reader import Limits


def test_a_request_as_nginx_forwards_it(parse_head: HeadParser) -> None:
    stream = (
        b"GET /chat/room%20one?token=a?b&x=1 HTTP/1.1\r\nHost: example.com\r\n"
        b"X-Forwarded-For: 203.0.113.7\r\nx-forwarded-for: 10.0.0.1\r\n"
        b"X-Own: \t a  b \t\r\nX-Empty:\r\n\r\n"
    )
    assert one(parse_head, stream) == Request(
        method="GET",
        path=b"/chat/room%20one",
        query=b"token=a?b&x=1",
        http_version="1.1",
        headers=[
            (b"host", b"example.com"),
            (b"x-forwarded-for", b"203.0.113.7"),
            (b"x-forwarded-for", b"10.0.0.1"),
            (b"x-own", b"a  b"),
            (b"x-empty", b""),
        ],
        keep_alive=True,
        expect_continue=False,
        upgrade=False,
        has_body=False,
    )


@pytest.mark.parametrize("method", [method.decode() for method in METHODS])
def test_H11_every_method_that_llhttp_knows(parse_head: HeadParser, method: str) -> None:
    request = one(parse_head, head(line=method.encode() + b" / HTTP/1.1"))
    assert request.method == method


EVERY_TARGET_BYTE = bytes(byte for byte in range(0x21, 0x7F) if byte not in b"#?")


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        pytest.param(b"/", b"/", b"", id="root"),
        pytest.param(b"//a/b", b"//a/b", b"", id="two-slashes"),
        pytest.param(b"/?", b"/", b"", id="empty-query"),
        pytest.param(b"/a?b?c", b"/a", b"b?c", id="two-question-marks"),
        pytest.param(b"/" + EVERY_TARGET_BYTE, b"/" + EVERY_TARGET_BYTE, b"", id="every-byte"),
        pytest.param(b"/%00%zz%", b"/%00%zz%", b"", id="escapes"),
    ],
)
def test_origin_form(parse_head: HeadParser, target: bytes, path: bytes, query: bytes) -> None:
    request = one(parse_head, head(line=b"GET %b HTTP/1.1" % target))
    assert (request.path, request.query) == (path, query)


@pytest.mark.parametrize(
    ("target", "host", "path", "query"),
    [
        pytest.param(b"http://b/x?y", b"b", b"/x", b"y", id="H04"),
        pytest.param(b"https://b:8443", b"b:8443", b"/", b"", id="H04-no-path"),
        pytest.param(b"HTTP://B?y/z", b"B", b"/", b"y/z", id="H04-query-only"),
        pytest.param(b"http://[::1]:80/", b"[::1]:80", b"/", b"", id="H04-ipv6"),
        pytest.param(b"http://a%20b:/@", b"a%20b:", b"/@", b"", id="H04-escapes"),
    ],
)
def test_the_authority_of_the_target_replaces_host(
    parse_head: HeadParser, target: bytes, host: bytes, path: bytes, query: bytes
) -> None:
    request = one(parse_head, head(b"X: y", line=b"GET %b HTTP/1.1" % target))
    assert request.headers == [(b"host", host), (b"x", b"y")]
    assert (request.path, request.query) == (path, query)


def test_H04_absolute_form_without_host_in_1_0(parse_head: HeadParser) -> None:
    request = one(parse_head, b"GET http://b/ HTTP/1.0\r\nX: y\r\n\r\n")
    assert request.headers == [(b"host", b"b"), (b"x", b"y")]


@pytest.mark.parametrize(
    "host",
    b"a a:80 a: 127.0.0.1:1 [::1] [::ffff:1.2.3.4]:65535 a_b~!$&'()*+;= %c3%A9".split(),
)
def test_H03_valid_hosts(parse_head: HeadParser, host: bytes) -> None:
    request = one(parse_head, b"GET / HTTP/1.1\r\nHost: %b\r\n\r\n" % host)
    assert request.headers == [(b"host", host)]


def test_H03_no_authority_is_needed_for_the_asterisk(parse_head: HeadParser) -> None:
    request = one(parse_head, b"OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n")
    assert (request.method, request.path, request.query) == ("OPTIONS", b"*", b"")


def test_H01_host_may_be_missing_in_1_0(parse_head: HeadParser) -> None:
    request = one(parse_head, b"GET / HTTP/1.0\r\n\r\n")
    assert (request.http_version, request.headers) == ("1.0", [])


def test_H13_one_leading_empty_line(parse_head: HeadParser) -> None:
    assert one(parse_head, b"\r\n" + head()).path == b"/"
    outcome = read(parse_head, [head() + b"\r\n" + NEXT])
    assert [request.path for request in outcome.requests] == [b"/", b"/next"]


def test_H21_a_byte_that_unicode_takes_for_a_line_end(parse_head: HeadParser) -> None:
    request = one(parse_head, head(b"X: a\x85Y: b\xa0\xff"))
    assert request.headers == [(b"host", b"a"), (b"x", b"a\x85Y: b\xa0\xff")]


def test_H10_H23_the_limits_themselves_are_allowed(parse_head: HeadParser) -> None:
    stream = head(b"A: b", b"C: " + b"d" * 50, line=b"GET /%b HTTP/1.1" % (b"a" * 100))
    line = len(b"GET / HTTP/1.1") + 100
    one(parse_head, stream, Limits(request_line=line, head=len(stream), fields=3))
    for limits, status in [
        (Limits(request_line=line - 1), 414),
        (Limits(head=len(stream) - 1), 431),
        (Limits(fields=2), 431),
    ]:
        assert read(parse_head, [stream], limits=limits).status == status
        assert read(parse_head, byte_by_byte(stream), limits=limits).status == status


def test_H10_a_target_over_65535_bytes_is_refused_or_whole(parse_head: HeadParser) -> None:
    stream = head(line=b"GET /%b HTTP/1.1" % (b"a" * 70_000))
    assert read(parse_head, [stream]).status == 414
    roomy = read(parse_head, [stream], limits=Limits(request_line=100_000, head=200_000))
    assert len(roomy.requests[0].path) == 70_001


def test_H23_ten_thousand_equal_names(parse_head: HeadParser) -> None:
    assert read(parse_head, [head(*[b"A: b"] * 10_000)]).status == 431


def test_H23_a_large_head_byte_by_byte(parse_head: HeadParser) -> None:
    stream = head(*[b"A: " + b"b" * 500] * 120)
    assert len(read(parse_head, byte_by_byte(stream)).requests[0].headers) == 121
