"""How a connection goes on, and how it ends (RFC 9112 section 9)."""

from __future__ import annotations

from conformance.http.vector import (
    CHUNKED,
    NEXT_CALL,
    SMUGGLED,
    Behind,
    Call,
    Expectation,
    Force,
    Rule,
    head,
    post,
    refused,
    served,
    served_last,
)

PIPELINED = 500
STATUSES = [400 + number % 90 for number in range(PIPELINED)]
"""What the application answers, so that the order is seen."""

FIRST, BAD = head(line=b"GET /first HTTP/1.1"), head(b"X : y")
FIRST_CALL = Call("GET", "/first")

CONNECTIONS = (
    Rule(
        "H36",
        "9.3.2",
        Force.MUST,
        "Requests sent ahead are answered in their order.",
        (
            Expectation(
                (200,) * 5,
                (
                    Call("GET", "/1"),
                    Call("POST", "/", body="hello"),
                    Call("HEAD", "/3"),
                    Call("POST", "/", body="ab"),
                    NEXT_CALL,
                ),
            ),
        ),
        {
            "mixed": head(line=b"GET /1 HTTP/1.1")
            + post(b"Content-Length: 5")
            + b"hello"
            + head(line=b"HEAD /3 HTTP/1.1")
            + CHUNKED
            + b"1\r\na\r\n1\r\nb\r\n0\r\n\r\n"
        },
    ),
    Rule(
        "H36",
        "9.3.2",
        Force.MUST,
        "Five hundred requests sent ahead have five hundred answers.",
        (
            Expectation(
                (*STATUSES, 200),
                (*(Call("GET", f"/status/{status}") for status in STATUSES), NEXT_CALL),
            ),
        ),
        {"many": b"".join(head(line=b"GET /status/%d HTTP/1.1" % status) for status in STATUSES)},
    ),
    Rule(
        "H37",
        "9.6",
        Force.MUST,
        "No request follows one that closes.",
        served_last(),
        {
            "close": head(b"Connection: close"),
            "list": head(b"Connection: keep-alive, Close"),
            "1.0": head(line=b"GET / HTTP/1.0"),
        },
    ),
    Rule(
        "H37",
        "9.3",
        Force.SHOULD,
        "HTTP/1.0 persists where both sides say so.",
        served() + served_last(),
        {"1.0-keep-alive": head(b"Connection: keep-alive", line=b"GET / HTTP/1.0")},
    ),
    Rule(
        "H38",
        "9.3",
        Force.OWN,
        "Behind a refused request nobody knows where the next one begins.",
        (Expectation((200, 400), (FIRST_CALL,)),),
        {"": FIRST + BAD + SMUGGLED},
    ),
    Rule(
        "RFC9110-10.1.1",
        "RFC 9110 10.1.1",
        Force.MUST,
        "A final answer follows the interim one, or stands in its place.",
        served("POST", body="hello"),
        {"continue": post(b"Expect: 100-continue", b"Content-Length: 5") + b"hello"},
    ),
    Rule(
        "H39",
        "RFC 9110 5.5",
        Force.MUST,
        "A line end in a field of the application's answer would be a second answer.",
        (
            Expectation((500,), (Call("GET", "/line-end-in-value"),)),
            Expectation((500, 200), (Call("GET", "/line-end-in-value"), NEXT_CALL)),
            Expectation((), (Call("GET", "/line-end-in-value"),)),
            Expectation((200, 200), (Call("GET", "/line-end-in-value"), NEXT_CALL)),
        ),
        {"value": head(line=b"GET /line-end-in-value HTTP/1.1")},
    ),
    Rule(
        "H40",
        "RFC 9110 15.2.2",
        Force.MUST,
        "An application cannot make an upgrade look accepted.",
        (
            Expectation((500,), (Call("GET", "/switching"),)),
            Expectation((500, 200), (Call("GET", "/switching"), NEXT_CALL)),
            Expectation((), (Call("GET", "/switching"),)),
        ),
        {"": head(line=b"GET /switching HTTP/1.1")},
    ),
)

STALLS = (
    Rule(
        "U29",
        "9.5",
        Force.OWN,
        "Who connects and sends nothing does not hold a connection for ever.",
        (Expectation(()), *refused(408)),
        {"no-byte": b""},
        Behind.SILENCE,
    ),
    Rule(
        "U29",
        "9.5",
        Force.OWN,
        "Half a request has a deadline; an answer of 408 says so.",
        (*refused(408), Expectation(())),
        {
            "one-byte": b"G",
            "half-a-line": b"GET / HT",
            "no-end": head()[:-2],
            "last-byte": head()[:-1],
        },
        Behind.SILENCE,
    ),
    Rule(
        "U29",
        "9.5",
        Force.OWN,
        "The second request of a connection has a deadline as well.",
        (
            Expectation((200, 408), (FIRST_CALL,)),
            Expectation((200,), (FIRST_CALL,)),
        ),
        {"second": FIRST + head()[:-2]},
        Behind.SILENCE,
    ),
    Rule(
        "U29",
        "9.5",
        Force.OWN,
        "A connection between two requests is kept for a while only.",
        (Expectation((200,), (FIRST_CALL,)),),
        {"idle": FIRST},
        Behind.SILENCE,
    ),
)
