"""Upgrades that are refused, directly and through a proxy that tunnels whatever comes back.

Such a proxy takes the answer to an upgrade for 101 without a look: on the connection that a
refusal leaves open, a client would talk past the proxy. RFC 9931 says more.
"""

from __future__ import annotations

from conformance.http.vector import (
    SMUGGLED,
    Behind,
    Call,
    Expectation,
    Force,
    Rule,
    head,
    refused,
    rejected,
    served,
    served_last,
)

LINE = b"GET /websocket HTTP/1.1"
ASKS = b"Upgrade: websocket", b"Connection: Upgrade"
KEY, VERSION = b"Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==", b"Sec-WebSocket-Version: 13"
BODY = b"Content-Length: %d" % len(SMUGGLED)


def upgrade(*fields: bytes, line: bytes = LINE) -> bytes:
    """Return a request for a websocket with these fields."""
    return head(*ASKS, *fields, line=line)


def version(*values: bytes) -> bytes:
    """Return a request for these versions of the protocol."""
    return upgrade(KEY, *[b"Sec-WebSocket-Version: " + value for value in values])


WRONG_VERSIONS = {"12": version(b"12"), "013": version(b"013"), "list": version(b"13, 12")}
WITH_BODY = {
    "length": upgrade(KEY, VERSION, BODY) + SMUGGLED,
    "chunked": upgrade(KEY, VERSION, b"Transfer-Encoding: chunked") + b"0\r\n\r\n" + SMUGGLED,
}
REFUSED_BY_APPLICATION = upgrade(KEY, VERSION, line=b"GET /refuse HTTP/1.1")
BY_APPLICATION = (Expectation((403,), (Call("WEBSOCKET", "/refuse"),)),)

UPGRADES = (
    Rule(
        "U01",
        "RFC 6455 4.2.2",
        Force.MUST,
        "Another version is refused, and the connection is not one of a websocket.",
        rejected(426, 400),
        WRONG_VERSIONS,
    ),
    Rule(
        "U02",
        "RFC 6455 4.2.1",
        Force.MUST,
        "A request without a version is not one for a websocket.",
        rejected(400, 426),
        {"": upgrade(KEY)},
    ),
    Rule(
        "U03",
        "RFC 6455 4.2.1",
        Force.MUST,
        "Nor is one without a key.",
        rejected(400, 426),
        {"": upgrade(VERSION)},
    ),
    Rule(
        "U10",
        "RFC 6455 4.2.1",
        Force.MUST,
        "Nor is one with another method than GET, which may still be served as what it is.",
        rejected(405, 400) + served("POST", "/websocket"),
        {"": upgrade(KEY, VERSION, line=b"POST /websocket HTTP/1.1")},
    ),
    Rule(
        "U11",
        "RFC 9110 7.8",
        Force.MUST,
        "HTTP/1.0 has no upgrades.",
        served_last(target="/websocket") + rejected(400),
        {"": upgrade(KEY, VERSION, line=b"GET /websocket HTTP/1.0")},
    ),
    Rule(
        "U12",
        "RFC 9110 7.8",
        Force.OWN,
        "The body of an upgrade is read as a body by one of two readers and as frames by another.",
        refused(400),
        WITH_BODY,
    ),
    Rule(
        "U13",
        "RFC 9113 3.1",
        Force.OWN,
        "HTTP/2 without TLS is not asked for by an upgrade: behind a proxy it would be a tunnel.",
        served(),
        {
            "h2c": head(
                b"Connection: Upgrade, HTTP2-Settings",
                b"Upgrade: h2c",
                b"HTTP2-Settings: AAMAAABkAAQAAP__",
            )
        },
    ),
    Rule(
        "U15",
        "RFC 6455 4.2.2",
        Force.OWN,
        "Behind an upgrade that the application refuses, the connection ends.",
        BY_APPLICATION,
        {"": REFUSED_BY_APPLICATION},
    ),
)

THROUGH_A_PROXY = (
    Rule(
        "U01",
        "RFC 9931 7",
        Force.OWN,
        "A refused version leaves no tunnel.",
        refused(426, 400),
        {f"proxy-{name}": stream for name, stream in WRONG_VERSIONS.items()},
        Behind.LATER,
        proxied=True,
    ),
    Rule(
        "U12",
        "RFC 9931 7",
        Force.OWN,
        "A body does not hide a request behind an upgrade.",
        refused(400, 426),
        {f"proxy-{name}": stream for name, stream in WITH_BODY.items()},
        Behind.LATER,
        proxied=True,
    ),
    Rule(
        "U30",
        "RFC 9931 7",
        Force.OWN,
        "What was sent ahead with a refused upgrade is not processed.",
        refused(400, 426),
        {"proxy-smuggled-key": upgrade(VERSION) + SMUGGLED},
        Behind.LATER,
        proxied=True,
    ),
    Rule(
        "U30",
        "RFC 9931 7",
        Force.OWN,
        "Nor is what was sent ahead with a wrong version.",
        refused(426, 400),
        {"proxy-smuggled-version": version(b"12") + SMUGGLED},
        Behind.LATER,
        proxied=True,
    ),
    Rule(
        "U30",
        "RFC 9931 7",
        Force.OWN,
        "An upgrade that the application refuses leaves no tunnel either.",
        BY_APPLICATION,
        {"proxy-application": REFUSED_BY_APPLICATION},
        Behind.LATER,
        proxied=True,
    ),
)
