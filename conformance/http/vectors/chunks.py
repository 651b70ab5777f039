"""Chunks, trailers, and bodies that the end of the stream cuts (RFC 9112 sections 7 and 8)."""

from __future__ import annotations

from conformance.http.vector import (
    CHUNKED,
    CUT,
    WAITS,
    Behind,
    Force,
    Rule,
    post,
    refused,
    served,
)


def chunks(**bodies: bytes) -> dict[str, bytes]:
    """Return POSTs with these bodies; an underscore in a name is a hyphen."""
    return {name.replace("_", "-"): CHUNKED + body for name, body in bodies.items()}


CHUNKS = (
    Rule(
        "H31",
        "7.1",
        Force.MUST,
        "A size over 64 bits never wraps into a small one.",
        refused(400, 413, 500, begun=True) + WAITS,
        chunks(wraps=b"10000000000000001\r\na\r\n0\r\n\r\n"),
    ),
    Rule(
        "H31",
        "7.1",
        Force.OWN,
        "Zeros in front are legal, and 16 digits are enough.",
        refused(400, 500, begun=True) + served("POST", body="a"),
        chunks(zeros=b"00000000000000001\r\na\r\n0\r\n\r\n"),
    ),
    Rule(
        "H31",
        "7.1",
        Force.GRAMMAR,
        "A size is hexadecimal digits and ends with CRLF, and nothing else.",
        refused(400, 500, begun=True),
        chunks(
            empty=b"\r\n0\r\n\r\n",
            sign=b"+1\r\na\r\n0\r\n\r\n",
            minus=b"-1\r\na\r\n0\r\n\r\n",
            prefix=b"0x1\r\na\r\n0\r\n\r\n",
            underscore=b"1_0\r\na\r\n0\r\n\r\n",
            no_digit=b"g\r\n",
            space_before=b" 1\r\na\r\n0\r\n\r\n",
            space_behind=b"1 \r\na\r\n0\r\n\r\n",
            not_ascii=b"\xd9\xa1\r\na\r\n0\r\n\r\n",
            bare_lf=b"1\na\r\n0\r\n\r\n",
            bare_cr=b"1\ra\r\n0\r\n\r\n",
        ),
    ),
    Rule(
        "H32",
        "7.1.1",
        Force.MUST,
        "An extension that nobody knows is passed over.",
        served("POST", body="a"),
        chunks(token=b"1;a=b\r\na\r\n0;c\r\n\r\n", quoted=b'1;a="b;\\"c"\r\na\r\n0\r\n\r\n'),
    ),
    Rule(
        "H32",
        "7.1.1",
        Force.GRAMMAR,
        "An extension has a name, and a value that is a token or quoted.",
        refused(400, 500, begun=True),
        chunks(
            control=b"1;a=\x01\r\na\r\n0\r\n\r\n",
            quoted_control=b'1;a="\x00"\r\na\r\n0\r\n\r\n',
            cr=b"1;a=\rb\r\na\r\n0\r\n\r\n",
            lf=b"1;a\na\r\n0\r\n\r\n",
            no_name=b"1;\r\na\r\n0\r\n\r\n",
            unclosed=b'1;a="b\r\na\r\n0\r\n\r\n',
        ),
    ),
    Rule(
        "H33",
        "7.1",
        Force.GRAMMAR,
        "CRLF ends the data: who skips two bytes without looking loses count of the chunks.",
        refused(400, 500, begun=True),
        chunks(
            longer=b"1\r\nab\r\n0\r\n\r\n",
            lf=b"1\r\na\n0\r\n\r\n",
            cr=b"1\r\na\rb0\r\n\r\n",
            nothing=b"1\r\na0\r\n\r\n",
            skipped=b"1\r\naXX0\r\n\r\n",
        ),
    ),
    Rule(
        "H34",
        "7.1.2",
        Force.MUST,
        "Fields of a trailer are not fields of the head.",
        served("POST", body="a", absent="x-trailer"),
        chunks(merged=b"1\r\na\r\n0\r\nX-Trailer: b\r\n\r\n"),
    ),
    Rule(
        "H34",
        "RFC 9110 6.5.1",
        Force.MUST,
        "A trailer cannot say where the message ends or goes.",
        refused(431, 400, 500, begun=True) + served("POST"),
        chunks(
            host=b"0\r\nHost: b\r\n\r\n",
            length=b"0\r\ncontent-length: 5\r\n\r\n",
            coding=b"0\r\nTRANSFER-ENCODING: chunked\r\n\r\n",
        ),
    ),
    Rule(
        "H34",
        "5",
        Force.GRAMMAR,
        "The lines of a trailer are fields like others.",
        refused(400, 500, begun=True),
        chunks(
            no_colon=b"0\r\nA\r\n\r\n",
            space=b"0\r\nHost : b\r\n\r\n",
            control=b"0\r\nA: \x00\r\n\r\n",
            end_cr=b"0\r\n\rX\n",
        ),
    ),
    Rule(
        "H34",
        "5.2",
        Force.OWN,
        "In a trailer too, a fold or a bare LF may be taken as in a head.",
        refused(400, 500, begun=True) + served("POST"),
        chunks(
            fold=b"0\r\nA: b\r\n c\r\n\r\n",
            lf=b"0\r\nA: b\n\r\n",
            end_lf=b"0\r\n\n",
        ),
    ),
)

ENDS = (
    Rule(
        "H35",
        "8",
        Force.MUST,
        "A body that the end of the stream cuts is not complete, and no application may think so.",
        CUT + refused(400, 500, begun=True),
        {
            "length": post(b"Content-Length: 5") + b"hell",
            "no-byte": post(b"Content-Length: 5"),
            **chunks(chunk=b"5\r\nhell", between=b"4\r\nhell\r\n", last=b"4\r\nhell\r\n0\r\n"),
        },
        Behind.END,
    ),
)
