"""Requests that are larger than a server needs to read, at the default limits."""

from __future__ import annotations

from conformance.http.vector import CHUNKED, CUT, Force, Rule, head, refused, served

TARGET = b"/" + b"a" * 66_000

LIMITS = (
    Rule(
        "H10",
        "3",
        Force.MUST,
        "A target over 65,535 bytes, where httptools would lose count, is whole or refused.",
        refused(414, 400, 431) + served(target=TARGET.decode()),
        {"65535": head(line=b"GET %b HTTP/1.1" % TARGET)},
    ),
    Rule(
        "H23",
        "5.4",
        Force.OWN,
        "Fields have a limit in number and in size; any other limit is as good.",
        refused(431, 400) + served() + CUT,
        {
            "number": head(*[b"A: b"] * 1000),
            "size": head(b"A: " + b"b" * 70_000),
        },
    ),
    Rule(
        "H32",
        "7.1.1",
        Force.OWN,
        "Extensions of chunks are no way to send what nobody counts.",
        refused(400, 413, 500, begun=True) + served("POST", body="a"),
        {"20kB": CHUNKED + b"1;a=" + b"b" * 20_000 + b"\r\na\r\n0\r\n\r\n"},
    ),
    Rule(
        "H34",
        "7.1.2",
        Force.OWN,
        "Nor are trailers.",
        refused(431, 400, 413, 500, begun=True) + served("POST", absent="x-trailer"),
        {"70kB": CHUNKED + b"0\r\n" + b"X-Trailer: b\r\n" * 5_000 + b"\r\n"},
    ),
)
