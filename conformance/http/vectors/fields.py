"""Host and the other fields of a head (RFC 9112 sections 3.2 and 5)."""

from __future__ import annotations

from conformance.http.vector import Force, Rule, head, rejected, served


def host(value: bytes) -> bytes:
    """Return a request whose Host is this."""
    return b"GET / HTTP/1.1\r\nHost: %b\r\n\r\n" % value


FIELDS = (
    Rule(
        "H01",
        "3.2",
        Force.MUST,
        "A request of HTTP/1.1 has a Host, whatever its target.",
        rejected(400),
        {"": b"GET / HTTP/1.1\r\n\r\n", "absolute-form": b"GET http://a/ HTTP/1.1\r\n\r\n"},
    ),
    Rule(
        "H02",
        "3.2",
        Force.MUST,
        "Of two Host fields, proxy and application may choose a different one.",
        rejected(400),
        {
            "two": head(b"Host: b"),
            "twice-the-same": head(b"hOST: a"),
            "absolute-form": head(b"Host: a", line=b"GET http://a/ HTTP/1.1"),
            "1.0": head(b"Host: a", line=b"GET / HTTP/1.0"),
            "list": host(b"a, b"),
        },
    ),
    Rule(
        "H03",
        "3.2",
        Force.MUST,
        "An invalid Host moves the end of the host in the URL that an application builds.",
        rejected(400),
        {
            "path": host(b"a/b?c"),
            "userinfo": host(b"user@host"),
            "space": host(b"a b"),
            "fragment": host(b"a#b"),
            "backslash": host(b"a\\b"),
            "not-ascii": host(b"\xc3\xa9"),
            "escape": host(b"a%zz"),
            "port-no-number": host(b"a:b"),
            "two-ports": host(b"a:80:80"),
            "ipv6-bare": host(b"::1"),
            "brackets-empty": host(b"[]"),
            "brackets-open": host(b"[::1"),
            "brackets-colons": host(b"[:::]"),
            "brackets-ipv4": host(b"[1.2.3.4]"),
            "brackets-behind": host(b"[::1]a"),
        },
    ),
    Rule(
        "H03",
        "RFC 9110 4.2.1",
        Force.MUST,
        "An http URL without a host is invalid.",
        rejected(400),
        {
            "port-alone": host(b":80"),
            "empty": b"GET / HTTP/1.1\r\nHost:\r\n\r\n",
            "blank": host(b" \t"),
        },
    ),
    Rule(
        "H02",
        "3.2",
        Force.OWN,
        "A name may hold a comma; joined by a proxy, two Host fields look the same.",
        rejected(400) + served(host="a,b"),
        {"comma": host(b"a,b")},
    ),
    Rule(
        "H03",
        "3.2",
        Force.OWN,
        "TCP has no such port.",
        rejected(400) + served(host="a:65536"),
        {"port-65536": host(b"a:65536")},
    ),
    Rule(
        "H03",
        "3.2",
        Force.OWN,
        "No client writes a port in six digits.",
        rejected(400) + served(host="a:000080"),
        {"port-zeros": host(b"a:000080")},
    ),
    Rule(
        "H19",
        "5",
        Force.GRAMMAR,
        "A field has a name and a colon.",
        rejected(400),
        {"no-colon": head(b"X"), "no-name": head(b": y"), "nothing": head(b":")},
    ),
    Rule(
        "H20",
        "RFC 9110 5.5",
        Force.MUST,
        "A value with NUL, CR or LF is refused, or has a space instead.",
        rejected(400) + served(),
        {"nul": head(b"X: y\0z"), "cr": head(b"X: y\rz"), "lf": head(b"X: y\nz")},
    ),
    Rule(
        "H20",
        "RFC 9110 5.5",
        Force.OWN,
        "Other control characters are invalid as well, but may be kept.",
        rejected(400) + served(),
        {f"{byte:#04x}": head(b"X: y%c" % byte) for byte in b"\1\x08\x0e\x1b\x1f\x7f"},
    ),
    Rule(
        "H21",
        "RFC 9110 5.5",
        Force.GRAMMAR,
        "What Unicode takes for a line end is none: one field never becomes two.",
        rejected(400) + served(absent="y"),
        {f"{byte:#04x}": head(b"X: a%cY: b" % byte) for byte in b"\x0b\x0c\x1c\x1d\x1e"},
    ),
    Rule(
        "H21",
        "RFC 9110 5.5",
        Force.GRAMMAR,
        "NEL is obs-text, and a part of the value.",
        served(absent="y") + rejected(400),
        {"0x85": head(b"X: a\x85Y: b")},
    ),
    Rule(
        "H22",
        "5",
        Force.GRAMMAR,
        "The name of a field is a token.",
        rejected(400),
        {f"{byte:#04x}": head(b"X%cY: z" % byte) for byte in b'"(),/;<=>?@[\\]{}\x80\xff'},
    ),
    Rule(
        "RFC9110-10.1.1",
        "RFC 9110 10.1.1",
        Force.OWN,
        "An expectation that nobody knows is refused, or passed over.",
        rejected(417) + served(),
        {"unknown": head(b"Expect: 200-ok"), "list": head(b"Expect: 100-continue, x")},
    ),
)
