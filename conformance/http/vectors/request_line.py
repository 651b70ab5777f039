"""The request line and its target (RFC 9112 sections 2.2, 2.3 and 3)."""

from __future__ import annotations

from conformance.http.answers import HTTP_2
from conformance.http.vector import CUT, End, Expectation, Force, Rule, head, refused, served


def line(text: bytes) -> bytes:
    """Return a request with this line."""
    return head(line=text)


REQUEST_LINE = (
    Rule(
        "H04",
        "3.2.2",
        Force.MUST,
        "The authority of an absolute target counts, whatever Host says.",
        served(target="/x", host="b:81"),
        {
            "http": line(b"GET http://b:81/x HTTP/1.1"),
            "https": line(b"GET https://b:81/x HTTP/1.1"),
        },
    ),
    Rule(
        "H05",
        "3.2.4",
        Force.GRAMMAR,
        "The asterisk is a target of OPTIONS.",
        served("OPTIONS", "*"),
        {"options": line(b"OPTIONS * HTTP/1.1")},
    ),
    Rule(
        "H05",
        "3.2",
        Force.SHOULD,
        "What is no path becomes part of a host in the URL that an application builds.",
        refused(400),
        {
            "at": line(b"GET @evil HTTP/1.1"),
            "bare": line(b"GET evil HTTP/1.1"),
            "asterisk": line(b"GET * HTTP/1.1"),
            "two-asterisks": line(b"OPTIONS ** HTTP/1.1"),
            "authority-form": line(b"GET a:80 HTTP/1.1"),
            "userinfo": line(b"GET http://u@a/ HTTP/1.1"),
            "not-ascii": line(b"GET /\xc3\xa9 HTTP/1.1"),
        },
    ),
    Rule(
        "H05",
        "RFC 9110 4.2.1",
        Force.MUST,
        "An http URL without a host is invalid.",
        refused(400),
        {"no-authority": line(b"GET http:///x HTTP/1.1")},
    ),
    Rule(
        "H05",
        "3.2.2",
        Force.OWN,
        "We are no server of other schemes, and of no port that TCP cannot have.",
        refused(400, 421),
        {"scheme": line(b"GET ftp://a/ HTTP/1.1"), "port": line(b"GET http://a:99999/ HTTP/1.1")},
    ),
    Rule(
        "H06",
        "3.2",
        Force.SHOULD,
        "A fragment never leaves a client: two readers would cut the path in two ways.",
        refused(400),
        {"": line(b"GET /x#y HTTP/1.1"), "absolute": line(b"GET http://a/#y HTTP/1.1")},
    ),
    Rule(
        "H07",
        "RFC 9110 9.3.6",
        Force.OWN,
        "CONNECT asks for a tunnel; an answer of 2xx would look like one.",
        refused(501, 405, 400) + CUT,
        {"": line(b"CONNECT a:80 HTTP/1.1"), "origin-form": line(b"CONNECT / HTTP/1.1")},
    ),
    Rule(
        "H08",
        "2.3",
        Force.SHOULD,
        "HTTP/0.9 has no fields, and its answers have no head.",
        refused(400, 505),
        {"": b"GET /\r\n", "method-alone": b"GET\r\n"},
    ),
    Rule(
        "H09",
        "RFC 9110 15.6.6",
        Force.OWN,
        "Another major version is another protocol.",
        refused(505, 400),
        {"2.0": line(b"GET / HTTP/2.0"), "9.9": line(b"GET / HTTP/9.9")},
    ),
    Rule(
        "H09",
        "RFC 9113 3.3",
        Force.OWN,
        "We do not speak HTTP/2; who does, begins it here.",
        refused(505, 400) + tuple(Expectation((HTTP_2,), end=end) for end in End),
        {"preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
    ),
    Rule(
        "H09",
        "RFC 9110 2.5",
        Force.OWN,
        "There is no HTTP/1.2; who claims it may also be served as 1.1, as the standard prefers.",
        refused(505, 400) + served(),
        {"1.2": line(b"GET / HTTP/1.2")},
    ),
    Rule(
        "H09",
        "2.3",
        Force.SHOULD,
        "A version is HTTP, in capitals, and two digits.",
        refused(400, 505),
        {
            "two-digits": line(b"GET / HTTP/1.10"),
            "no-minor": line(b"GET / HTTP/1"),
            "lower-case": line(b"GET / http/1.1"),
            "not-ascii": line(b"GET / HTTP/1.\xd9\xa1"),
        },
    ),
    Rule(
        "H11",
        "3",
        Force.OWN,
        "A method that a parser does not know is not implemented; it may reach the application.",
        refused(501, 400, 405) + served("FROB"),
        {"": line(b"FROB / HTTP/1.1")},
    ),
    Rule(
        "H11",
        "RFC 9110 9.1",
        Force.GRAMMAR,
        "Methods are case-sensitive: get is not GET.",
        refused(501, 400, 405) + served("get"),
        {"lower-case": line(b"get / HTTP/1.1")},
    ),
    Rule(
        "H11",
        "RFC 9110 9.1",
        Force.OWN,
        "PLAY is a method of RTSP, which llhttp would take for one of HTTP.",
        refused(501, 400, 405) + served("PLAY"),
        {"rtsp": line(b"PLAY / HTTP/1.1")},
    ),
    Rule(
        "H11",
        "3.1",
        Force.OWN,
        "No method is a hundred bytes long.",
        refused(501, 400, 405) + served("M" * 100),
        {"long": line(b"M" * 100 + b" / HTTP/1.1")},
    ),
    Rule(
        "H11",
        "3.1",
        Force.SHOULD,
        "A method is a token.",
        refused(400, 501),
        {"no-token": line(b"G@T / HTTP/1.1")},
    ),
    Rule(
        "H12",
        "3",
        Force.SHOULD,
        "One space stands between the parts; who splits at any white space does so alone.",
        refused(400, 501) + served(),
        {
            "before": line(b"GET  / HTTP/1.1"),
            "behind": line(b"GET /  HTTP/1.1"),
            "end": line(b"GET / HTTP/1.1 "),
            "begin": line(b" GET / HTTP/1.1"),
            "tab": line(b"GET\t/ HTTP/1.1"),
        },
    ),
    Rule(
        "H13",
        "2.2",
        Force.SHOULD,
        "One empty line before a request is left over from the body of an old client.",
        served(),
        {"one": b"\r\n" + head()},
    ),
    Rule(
        "H13",
        "2.2",
        Force.OWN,
        "More empty lines come from no client.",
        refused(400) + served(),
        {"two": b"\r\n\r\n" + head(), "thousand": b"\r\n" * 1000 + head()},
    ),
)
