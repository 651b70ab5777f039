"""Streams that must be refused, by the rule they break (RFC 9112, and RFC 9110 where it says so).

Limits are small, so that a stream is long by a few bytes.
"""

import pytest

from wsgate.http1.body import CHUNK_HEADER_LIMIT, TRAILER_LIMIT
from wsgate.http1.reader import Limits

LIMITS = Limits(request_line=200, head=600, fields=10)


def head(*fields: bytes, line: bytes = b"GET / HTTP/1.1") -> bytes:
    """Return a head with Host and these fields."""
    return b"\r\n".join((line, b"Host: a", *fields, b"", b""))


def post(*fields: bytes) -> bytes:
    return head(*fields, line=b"POST / HTTP/1.1")


CHUNKED = post(b"Transfer-Encoding: chunked")

REQUEST_LINES = [
    pytest.param(head(line=b"GET @evil HTTP/1.1"), 400, id="H05-at"),
    pytest.param(head(line=b"GET evil HTTP/1.1"), 400, id="H05-bare"),
    pytest.param(head(line=b"GET * HTTP/1.1"), 400, id="H05-asterisk"),
    pytest.param(head(line=b"OPTIONS ** HTTP/1.1"), 400, id="H05-two-asterisks"),
    pytest.param(head(line=b"GET a:80 HTTP/1.1"), 400, id="H05-authority-form"),
    pytest.param(head(line=b"GET ftp://a/ HTTP/1.1"), 400, id="H05-scheme"),
    pytest.param(head(line=b"GET http:///x HTTP/1.1"), 400, id="H05-no-authority"),
    pytest.param(head(line=b"GET http://u@a/ HTTP/1.1"), 400, id="H05-userinfo"),
    pytest.param(head(line=b"GET http://a:99999/ HTTP/1.1"), 400, id="H05-port"),
    pytest.param(head(line=b"GET /\xc3\xa9 HTTP/1.1"), 400, id="H05-not-ascii"),
    pytest.param(head(line=b"GET /x#y HTTP/1.1"), 400, id="H06"),
    pytest.param(head(line=b"GET http://a/#y HTTP/1.1"), 400, id="H06-absolute"),
    pytest.param(head(line=b"CONNECT a:80 HTTP/1.1"), 501, id="H07"),
    pytest.param(head(line=b"CONNECT / HTTP/1.1"), 501, id="H07-origin-form"),
    pytest.param(b"GET /\r\n", 400, id="H08"),
    pytest.param(b"GET\r\n", 400, id="H08-method-alone"),
    pytest.param(head(line=b"GET / HTTP/2.0"), 505, id="H09-2.0"),
    pytest.param(head(line=b"GET / HTTP/9.9"), 505, id="H09-9.9"),
    pytest.param(head(line=b"GET / HTTP/1.2"), 505, id="H09-1.2"),
    pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, id="H09-preface"),
    pytest.param(head(line=b"GET / HTTP/1.10"), 400, id="H09-two-digits"),
    pytest.param(head(line=b"GET / HTTP/1"), 400, id="H09-no-minor"),
    pytest.param(head(line=b"GET / http/1.1"), 400, id="H09-lower-case"),
    pytest.param(head(line=b"GET / HTTP/1.\xd9\xa1"), 400, id="H09-not-ascii"),
    pytest.param(head(line=b"GET /%b HTTP/1.1" % (b"a" * 187)), 414, id="H10-one-over"),
    pytest.param(b"GET /%b" % (b"a" * 300), 414, id="H10-endless"),
    pytest.param(head(line=b"FROB / HTTP/1.1"), 501, id="H11"),
    pytest.param(head(line=b"get / HTTP/1.1"), 501, id="H11-lower-case"),
    pytest.param(head(line=b"PLAY / HTTP/1.1"), 501, id="H11-rtsp"),
    pytest.param(head(line=b"M" * 100 + b" / HTTP/1.1"), 501, id="H11-long"),
    pytest.param(b"M" * 300, 501, id="H11-endless"),
    pytest.param(head(line=b"G@T / HTTP/1.1"), 400, id="H11-no-token"),
    pytest.param(head(line=b"GET  / HTTP/1.1"), 400, id="H12-before"),
    pytest.param(head(line=b"GET /  HTTP/1.1"), 400, id="H12-behind"),
    pytest.param(head(line=b"GET / HTTP/1.1 "), 400, id="H12-end"),
    pytest.param(head(line=b" GET / HTTP/1.1"), 400, id="H12-begin"),
    pytest.param(head(line=b"GET\t/ HTTP/1.1"), 400, id="H12-tab"),
    pytest.param(b"\r\n\r\n" + head(), 400, id="H13-two"),
    pytest.param(b"\r\n" * 1000 + head(), 400, id="H13-thousand"),
]

LINE_ENDS = [
    pytest.param(b"GET / HTTP/1.1\nHost: a\n\n", 400, id="H14-all"),
    pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\n\n", 400, id="H14-last"),
    pytest.param(b"GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400, id="H14-field"),
    pytest.param(b"\nGET / HTTP/1.1\r\n", 400, id="H14-leading"),
    pytest.param(b"\r\n\nGET / HTTP/1.1\r\n", 400, id="H14-leading-second"),
    pytest.param(b"GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n", 400, id="H15-field"),
    pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", 400, id="H15-doubled"),
    pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\n\rX", 400, id="H15-end"),
    pytest.param(b"GET /\r HTTP/1.1\r\n", 400, id="H15-request-line"),
    pytest.param(b"\rG", 400, id="H15-leading"),
    pytest.param(b"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400, id="H16-space"),
    pytest.param(b"GET / HTTP/1.1\r\n\tHost: a\r\n\r\n", 400, id="H16-tab"),
    pytest.param(b"GET / HTTP/1.1\r\n \r\nHost: a\r\n\r\n", 400, id="H16-blank-line"),
    pytest.param(head(b"X : y"), 400, id="H17-space"),
    pytest.param(head(b"X\t: y"), 400, id="H17-tab"),
    pytest.param(post(b"Content-Length : 5") + b"hello", 400, id="H17-length"),
    pytest.param(post(b"Transfer-Encoding : chunked") + b"0\r\n\r\n", 400, id="H17-coding"),
    pytest.param(head(b"X: y", b" z"), 400, id="H18-space"),
    pytest.param(head(b"X: y", b"\tz"), 400, id="H18-tab"),
    pytest.param(head(b"X: y", b" "), 400, id="H18-blank"),
]

FIELDS = [
    pytest.param(b"GET / HTTP/1.1\r\n\r\n", 400, id="H01"),
    pytest.param(b"GET http://a/ HTTP/1.1\r\n\r\n", 400, id="H01-absolute-form"),
    pytest.param(head(b"Host: b"), 400, id="H02-two"),
    pytest.param(head(b"hOST: a"), 400, id="H02-twice-the-same"),
    pytest.param(head(b"Host: a", line=b"GET http://a/ HTTP/1.1"), 400, id="H02-absolute-form"),
    pytest.param(head(b"Host: a", line=b"GET / HTTP/1.0"), 400, id="H02-1.0"),
    *(
        pytest.param(b"GET / HTTP/1.1\r\nHost:%b\r\n\r\n" % value, 400, id=f"{rule}-{value!r}")
        for rule, value in [
            ("H02", b" a,b"),
            ("H02", b" a, b"),
            ("H03", b" a/b?c"),
            ("H03", b" user@host"),
            ("H03", b" a b"),
            ("H03", b" a#b"),
            ("H03", b" a\\b"),
            ("H03", b" \xc3\xa9"),
            ("H03", b" a%zz"),
            ("H03", b" a:b"),
            ("H03", b" a:80:80"),
            ("H03", b" a:65536"),
            ("H03", b" a:000080"),
            ("H03", b" :80"),
            ("H03", b" ::1"),
            ("H03", b" []"),
            ("H03", b" [::1"),
            ("H03", b" [:::]"),
            ("H03", b" [1.2.3.4]"),
            ("H03", b" [::1]a"),
            ("H03", b""),
            ("H03", b" \t "),
        ]
    ),
    pytest.param(head(b"X"), 400, id="H19-no-colon"),
    pytest.param(head(b": y"), 400, id="H19-no-name"),
    pytest.param(head(b":"), 400, id="H19-nothing"),
    *(
        pytest.param(head(b"X: y%cz" % byte), 400, id=f"{rule}-{byte:#04x}")
        for rule, octets in [
            ("H20", b"\0\1\x08\r\n\x0e\x1b\x1f\x7f"),
            ("H21", b"\x0b\x0c\x1c\x1d\x1e"),
        ]
        for byte in octets
    ),
    *(
        pytest.param(head(b"X%cY: z" % byte), 400, id=f"H22-{byte:#04x}")
        for byte in b'"(),/;<=>?@[\\]{}\x80\xff'
    ),
    pytest.param(head(*[b"A: b"] * 10), 431, id="H23-one-field-over"),
    pytest.param(b"GET / HTTP/1.1\r\n" + b"A:\r\n" * 11, 431, id="H23-fields-endless"),
    pytest.param(head(b"A: " + b"b" * 570), 431, id="H23-one-byte-over"),
    pytest.param(b"GET / HTTP/1.1\r\nA: " + b"b" * 600, 431, id="H23-bytes-endless"),
    pytest.param(
        head(b"Connection: Upgrade", b"Upgrade: websocket", *[b"A: b"] * 10),
        431,
        id="H23-upgrade",
    ),
    pytest.param(head(b"Expect: 200-ok"), 417, id="RFC9110-10.1.1-unknown"),
    pytest.param(head(b"Expect: 100-continue, x"), 417, id="RFC9110-10.1.1-list"),
]

FRAMING = [
    pytest.param(post(b"Content-Length: 5", b"Transfer-Encoding: chunked"), 400, id="H24"),
    pytest.param(post(b"Transfer-Encoding: chunked", b"Content-Length: 5"), 400, id="H24-reversed"),
    pytest.param(post(b"Content-Length: 5", b"Transfer-Encoding: x, chunked"), 400, id="H24-x"),
    pytest.param(
        head(b"Transfer-Encoding: chunked", line=b"POST / HTTP/1.0"), 400, id="H25-chunked"
    ),
    pytest.param(
        head(b"Transfer-Encoding: gzip, chunked", line=b"POST / HTTP/1.0"), 400, id="H25-gzip"
    ),
    *(
        pytest.param(post(b"Transfer-Encoding:" + value), status, id=f"{rule}-{value!r}")
        for rule, status, value in [
            ("H26", 400, b" gzip"),
            ("H26", 400, b" chunked, gzip"),
            ("H26", 400, b" identity"),
            ("H26", 400, b""),
            ("H26", 400, b" chunked,"),
            ("H26", 400, b" xchunked"),
            ("H26", 400, b" chunked;a=b"),
            ("H26", 400, b' "chunked"'),
            ("H26", 400, b" chunked\xa0"),
            ("H27", 501, b" gzip, chunked"),
            ("H27", 501, b" GZIP,Chunked"),
            ("H27", 501, b" gzip, deflate, chunked"),
            ("H28", 400, b" chunked, chunked"),
            ("H28", 400, b" chunked, gzip, chunked"),
        ]
    ),
    pytest.param(post(*[b"Transfer-Encoding: chunked"] * 2), 400, id="H28-two"),
    pytest.param(
        post(b"Transfer-Encoding: gzip", b"Transfer-Encoding: chunked"), 400, id="H28-split"
    ),
    *(
        pytest.param(post(b"Content-Length:" + value), 400, id=f"{rule}-{value!r}")
        for rule, value in [
            ("H29", b" +5"),
            ("H29", b" -1"),
            ("H29", b" 0x5"),
            ("H29", b" 5_0"),
            ("H29", b" 5 5"),
            ("H29", b" 5.0"),
            ("H29", b" \xd9\xa5"),
            ("H29", b" \xb2"),
            ("H29", b" 18446744073709551616"),
            ("H29", b" 9223372036854775808"),
            ("H29", b""),
            ("H29", b" 5, 6"),
            ("H30", b" 1, 1"),
            ("H30", b" 1,1"),
        ]
    ),
    pytest.param(post(b"Content-Length: 5", b"Content-Length: 6"), 400, id="H29-differing"),
    pytest.param(post(b"Content-Length: 5", b"Content-Length: 5"), 400, id="H30-two"),
    pytest.param(post(b"Content-Length: 5", b"content-length: 5"), 400, id="H30-case"),
]

CHUNKS = [
    pytest.param(CHUNKED + body, status, id=case)
    for case, status, body in [
        ("H31-17-digits", 400, b"00000000000000001\r\na\r\n"),
        ("H31-zeros", 400, b"0" * 17 + b"\r\n\r\n"),
        ("H31-endless", 400, b"1" * (CHUNK_HEADER_LIMIT + 1)),
        ("H31-empty", 400, b"\r\n"),
        ("H31-sign", 400, b"+1\r\na\r\n"),
        ("H31-prefix", 400, b"0x1\r\na\r\n"),
        ("H31-underscore", 400, b"1_0\r\n"),
        ("H31-no-digit", 400, b"g\r\n"),
        ("H31-space-before", 400, b" 1\r\na\r\n"),
        ("H31-space-behind", 400, b"1 \r\na\r\n"),
        ("H31-not-ascii", 400, b"\xd9\xa1\r\n"),
        ("H31-bare-lf", 400, b"1\na\r\n"),
        ("H31-bare-cr", 400, b"1\ra\r\n"),
        ("H32-control", 400, b"1;a=\x01\r\na\r\n"),
        ("H32-quoted-control", 400, b'1;a="\x00"\r\na\r\n'),
        ("H32-cr", 400, b"1;a=\rb\r\na\r\n"),
        ("H32-lf", 400, b"1;a\na\r\n"),
        ("H32-no-name", 400, b"1;\r\na\r\n"),
        ("H32-unclosed", 400, b'1;a="b\r\na\r\n'),
        ("H32-escapes", 400, b'1;a="' + b"\\c" * 400 + b"\r\n"),
        ("H32-200kB", 400, b"1;a=" + b"b" * 200_000),
        ("H33-longer", 400, b"1\r\nab\r\n"),
        ("H33-lf", 400, b"1\r\na\n0\r\n\r\n"),
        ("H33-cr", 400, b"1\r\na\rb"),
        ("H33-nothing", 400, b"1\r\na0\r\n\r\n"),
        ("H34-one-huge", 431, b"0\r\nA: " + b"b" * TRAILER_LIMIT),
        ("H34-one-huge-with-end", 431, b"0\r\nA: " + b"b" * TRAILER_LIMIT + b"\r\n\r\n"),
        ("H34-many", 431, b"0\r\n" + b"A: b\r\n" * (TRAILER_LIMIT // 6 + 1)),
        ("H34-host", 431, b"0\r\nHost: b\r\n"),
        ("H34-length", 431, b"0\r\ncontent-length: 5\r\n"),
        ("H34-coding", 431, b"0\r\nTRANSFER-ENCODING: chunked\r\n"),
        ("H34-no-colon", 400, b"0\r\nA\r\n"),
        ("H34-space", 400, b"0\r\nHost : b\r\n"),
        ("H34-fold", 400, b"0\r\nA: b\r\n c\r\n"),
        ("H34-control", 400, b"0\r\nA: \x00\r\n"),
        ("H34-lf", 400, b"0\r\nA: b\n"),
        ("H34-end-lf", 400, b"0\r\n\n"),
        ("H34-end-cr", 400, b"0\r\n\rX\n"),
    ]
]

REFUSED = [*REQUEST_LINES, *LINE_ENDS, *FIELDS, *FRAMING, *CHUNKS]
