"""The length of a body and its coding (RFC 9112 sections 6.1 to 6.3)."""

from __future__ import annotations

from conformance.http.vector import (
    CHUNKED,
    SMUGGLED,
    WAITS,
    Force,
    Rule,
    head,
    post,
    refused,
    served,
    served_last,
)

SIZED = b"Content-Length: %d" % len(b"0\r\n\r\n" + SMUGGLED)
OLD = b"POST / HTTP/1.0"


def coding(value: bytes) -> bytes:
    """Return a POST with this Transfer-Encoding and an empty body in chunks."""
    return post(b"Transfer-Encoding:" + value) + b"0\r\n\r\n"


def length(*values: bytes) -> bytes:
    """Return the head of a POST with these lengths."""
    return post(*[b"Content-Length:" + value for value in values])


LENGTHS = (
    Rule(
        "H24",
        "6.1",
        Force.MUST,
        "With both framings the connection ends behind the answer: one of two readers is wrong.",
        refused(400, 501) + served_last("POST"),
        {
            "": post(SIZED, b"Transfer-Encoding: chunked") + b"0\r\n\r\n" + SMUGGLED,
            "reversed": post(b"Transfer-Encoding: chunked", SIZED) + b"0\r\n\r\n" + SMUGGLED,
            "case": post(SIZED, b"tRANSFER-eNCODING: Chunked") + b"0\r\n\r\n" + SMUGGLED,
        },
    ),
    Rule(
        "H24",
        "6.1",
        Force.MUST,
        "With both framings, a coding that is not known is no reason to count the length.",
        refused(400, 501) + served_last("POST"),
        {"x": post(b"Content-Length: 5", b"Transfer-Encoding: x, chunked") + b"0\r\n\r\n"},
    ),
    Rule(
        "H25",
        "6.1",
        Force.MUST,
        "HTTP/1.0 has no transfer codings: the framing is faulty and the connection ends.",
        refused(400, 501) + served_last("POST"),
        {
            "chunked": head(b"Transfer-Encoding: chunked", line=OLD) + b"0\r\n\r\n",
            "gzip": head(b"Transfer-Encoding: gzip, chunked", line=OLD) + b"0\r\n\r\n",
            "keep-alive": head(b"Transfer-Encoding: chunked", b"Connection: keep-alive", line=OLD)
            + b"0\r\n\r\n",
        },
    ),
    Rule(
        "H26",
        "6.3",
        Force.MUST,
        "Where chunked is not the last coding, nobody knows where the body ends.",
        refused(400, 501),
        {
            "gzip": coding(b" gzip"),
            "not-last": coding(b" chunked, gzip"),
            "identity": coding(b" identity"),
            "empty": coding(b""),
            "prefix": coding(b" xchunked"),
            "parameter": coding(b" chunked;a=b"),
            "quoted": coding(b' "chunked"'),
            "nbsp": coding(b" chunked\xa0"),
        },
    ),
    Rule(
        "H26",
        "RFC 9110 5.6.1",
        Force.OWN,
        "An empty member may be passed over, and no client sends one here.",
        refused(400, 501) + served("POST"),
        {"comma": coding(b" chunked,")},
    ),
    Rule(
        "H27",
        "6.1",
        Force.SHOULD,
        "A coding that is not undone hides the body from the application.",
        refused(501, 400),
        {
            "gzip": coding(b" gzip, chunked"),
            "case": coding(b" GZIP,Chunked"),
            "three": coding(b" gzip, deflate, chunked"),
        },
    ),
    Rule(
        "H28",
        "6.1",
        Force.GRAMMAR,
        "No sender may chunk twice, so no reader knows what was meant.",
        refused(400, 501),
        {
            "list": coding(b" chunked, chunked"),
            "between": coding(b" chunked, gzip, chunked"),
            "two": post(*[b"Transfer-Encoding: chunked"] * 2) + b"0\r\n\r\n",
            "split": post(b"Transfer-Encoding: gzip", b"Transfer-Encoding: chunked") + b"0\r\n\r\n",
        },
    ),
    Rule(
        "H29",
        "6.3",
        Force.MUST,
        "An invalid length is refused: who guesses, guesses another than the proxy.",
        refused(400),
        {
            "plus": length(b" +5") + b"hello",
            "minus": length(b" -1"),
            "hexadecimal": length(b" 0x5") + b"hello",
            "underscore": length(b" 5_0"),
            "space": length(b" 5 5") + b"hello",
            "point": length(b" 5.0") + b"hello",
            "arabic-digit": length(b" \xd9\xa5") + b"hello",
            "superscript": length(b" \xb2") + b"ab",
            "empty": length(b""),
            "list-differing": length(b" 5, 6") + b"hello",
            "differing": length(b" 5", b" 6") + b"hello",
        },
    ),
    Rule(
        "H29",
        "RFC 9110 8.6",
        Force.MUST,
        "A length over 64 bits never wraps into a small one.",
        refused(400, 413) + WAITS,
        {"2-to-64": length(b" 18446744073709551616"), "2-to-63": length(b" 9223372036854775808")},
    ),
    Rule(
        "H30",
        "6.3",
        Force.OWN,
        "The same length twice may be taken for one; it comes from a chain with a fault in it.",
        refused(400) + served("POST", body="h"),
        {
            "list-space": length(b" 1, 1") + b"h",
            "list": length(b" 1,1") + b"h",
            "two": length(b" 1", b" 1") + b"h",
            "case": post(b"Content-Length: 1", b"content-length: 1") + b"h",
        },
    ),
    Rule(
        "H29",
        "RFC 9110 8.6",
        Force.GRAMMAR,
        "A length is digits, also with zeros in front and spaces around.",
        served("POST", body="hello"),
        {"plain": length(b" 5") + b"hello", "zeros": length(b"\t 005 ") + b"hello"},
    ),
    Rule(
        "H24",
        "6.3",
        Force.MUST,
        "What stands in a body is no request.",
        served("POST", body=SMUGGLED.decode()),
        {
            "request-in-length": length(b" %d" % len(SMUGGLED)) + SMUGGLED,
            "request-in-chunk": CHUNKED + b"%x\r\n%b\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED),
        },
    ),
)
