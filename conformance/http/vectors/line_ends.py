"""Line ends and white space of a head (RFC 9112 sections 2.2, 5.1 and 5.2)."""

from __future__ import annotations

from conformance.http.vector import SMUGGLED, Force, Rule, head, post, refused, served

LINE_ENDS = (
    Rule(
        "H14",
        "2.2",
        Force.OWN,
        "A bare LF may be taken for a line end; a proxy that does not sees another request.",
        refused(400) + served(),
        {
            "all": b"GET / HTTP/1.1\nHost: a\n\n",
            "last": b"GET / HTTP/1.1\r\nHost: a\r\n\n",
            "field": b"GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n",
            "leading": b"\n" + head(),
            "leading-second": b"\r\n\n" + head(),
        },
    ),
    Rule(
        "H15",
        "2.2",
        Force.MUST,
        "A bare CR is invalid, or a space: never a line end.",
        refused(400),
        {
            "field": b"GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n",
            "end": b"GET / HTTP/1.1\r\nHost: a\r\n\rX",
            "smuggled": b"GET / HTTP/1.1\r\nHost: a\r\rGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
        },
    ),
    Rule(
        "H15",
        "2.2",
        Force.MUST,
        "Where a space would be allowed, a bare CR may be taken for one.",
        refused(400) + served(),
        {
            "doubled": b"GET / HTTP/1.1\r\nHost: a\r\r\n\r\n",
            "request-line": head(line=b"GET /\r HTTP/1.1"),
            "leading": b"\r" + head(),
        },
    ),
    Rule(
        "H16",
        "2.2",
        Force.MUST,
        "A first field behind white space is refused or skipped, and here it is the only Host.",
        refused(400),
        {
            "space": b"GET / HTTP/1.1\r\n Host: a\r\n\r\n",
            "tab": b"GET / HTTP/1.1\r\n\tHost: a\r\n\r\n",
        },
    ),
    Rule(
        "H16",
        "2.2",
        Force.MUST,
        "What is skipped must not reach the application.",
        refused(400) + served(absent="x"),
        {
            "blank-line": b"GET / HTTP/1.1\r\n \r\nHost: a\r\n\r\n",
            "other-field": b"GET / HTTP/1.1\r\n X: y\r\nHost: a\r\n\r\n",
        },
    ),
    Rule(
        "H17",
        "5.1",
        Force.MUST,
        "White space before the colon hides a field from one of two readers.",
        refused(400),
        {
            "space": head(b"X : y"),
            "tab": head(b"X\t: y"),
            "length": post(b"Content-Length : %d" % len(SMUGGLED)) + SMUGGLED,
            "coding": post(b"Transfer-Encoding : chunked") + b"0\r\n\r\n",
        },
    ),
    Rule(
        "H18",
        "5.2",
        Force.MUST,
        "A folded line is refused, or its fold becomes spaces.",
        refused(400) + served(),
        {
            "space": head(b"X: y", b" z"),
            "tab": head(b"X: y", b"\tz"),
            "blank": head(b"X: y", b" "),
        },
    ),
)
