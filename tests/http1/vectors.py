"""Streams that must be refused, by the rule they break (RFC 9112, and RFC 9110 where it says so).

Most are the conformance suite's, which sends them whole to any server. Beside them stand those that
it cannot send: at a limit by one byte, without an end, or cut behind the byte that shows the fault.
Limits are small, so that a stream is long by a few bytes.
"""

import pytest

from conformance.http.vector import CHUNKED, head, post
from conformance.http.vectors.chunks import CHUNKS
from conformance.http.vectors.fields import FIELDS
from conformance.http.vectors.lengths import LENGTHS
from conformance.http.vectors.line_ends import LINE_ENDS
from conformance.http.vectors.request_line import REQUEST_LINE
from wsgate.http1.body import CHUNK_HEADER_LIMIT, TRAILER_LIMIT
from wsgate.http1.reader import Limits

__all__ = ["CHUNKED", "LIMITS", "REFUSED", "head", "post"]

LIMITS = Limits(request_line=200, head=600, fields=10)

WHOLE = [
    pytest.param(vector.stream, vector.refused, id=vector.id)
    for rules in (REQUEST_LINE, LINE_ENDS, FIELDS, LENGTHS, CHUNKS)
    for rule in rules
    for vector in rule.vectors()
    if vector.refused
]

LIMITED = [
    pytest.param(head(line=b"GET /%b HTTP/1.1" % (b"a" * 187)), 414, id="H10-one-over"),
    pytest.param(b"GET /%b" % (b"a" * 300), 414, id="H10-endless"),
    pytest.param(b"M" * 300, 501, id="H11-endless"),
    pytest.param(head(*[b"A: b"] * 10), 431, id="H23-one-field-over"),
    pytest.param(b"GET / HTTP/1.1\r\n" + b"A:\r\n" * 11, 431, id="H23-fields-endless"),
    pytest.param(head(b"A: " + b"b" * 570), 431, id="H23-one-byte-over"),
    pytest.param(b"GET / HTTP/1.1\r\nA: " + b"b" * 600, 431, id="H23-bytes-endless"),
    pytest.param(
        head(b"Connection: Upgrade", b"Upgrade: websocket", *[b"A: b"] * 10),
        431,
        id="H23-upgrade",
    ),
]

LIMITED_CHUNKS = [
    pytest.param(CHUNKED + body, status, id=case)
    for case, status, body in [
        ("H31-endless", 400, b"1" * (CHUNK_HEADER_LIMIT + 1)),
        ("H32-escapes", 400, b'1;a="' + b"\\c" * 400 + b"\r\n"),
        ("H32-200kB", 400, b"1;a=" + b"b" * 200_000),
        ("H34-one-huge", 431, b"0\r\nA: " + b"b" * TRAILER_LIMIT),
        ("H34-one-huge-with-end", 431, b"0\r\nA: " + b"b" * TRAILER_LIMIT + b"\r\n\r\n"),
        ("H34-many", 431, b"0\r\n" + b"A: b\r\n" * (TRAILER_LIMIT // 6 + 1)),
    ]
]

AT_ONCE = [
    pytest.param(b"\n", 400, id="H14-one-byte"),
    pytest.param(b"\r\n\n", 400, id="H14-third-byte"),
    pytest.param(b"\rG", 400, id="H15-two-bytes"),
    pytest.param(b"GET /\r ", 400, id="H15-in-the-line"),
    pytest.param(post(b"Content-Length: 5", b"Transfer-Encoding: chunked"), 400, id="H24-no-body"),
    pytest.param(post(b"Content-Length: +5"), 400, id="H29-no-body"),
    *(
        pytest.param(CHUNKED + body, status, id=case)
        for case, status, body in [
            ("H31-17th-digit", 400, b"0" * 17 + b"\r\n"),
            ("H31-line", 400, b"1_0\r\n"),
            ("H32-line", 400, b"1;\r\n"),
            ("H33-byte", 400, b"1\r\nab"),
            ("H33-second-byte", 400, b"1\r\na\rb"),
            ("H34-line-host", 431, b"0\r\nHost: b\r\n"),
            ("H34-line-no-colon", 400, b"0\r\nA\r\n"),
            ("H34-line-fold", 400, b"0\r\nA: b\r\n c\r\n"),
            ("H34-line-lf", 400, b"0\r\nA: b\n"),
        ]
    ),
]
"""Refused with their last byte: what follows it is not waited for."""

REFUSED = [*WHOLE, *LIMITED, *LIMITED_CHUNKS, *AT_ONCE]
