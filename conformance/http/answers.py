"""The status codes in a stream of responses (RFC 9112 sections 4, 6.3 and 7.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable

GARBAGE = 0
"""Stands for what is no response, or half of one."""

HTTP_2 = 2
"""Stands for a peer that began to speak HTTP/2."""

SWITCHED = 101
"""Behind this status the stream is none of HTTP."""

_SETTINGS = b"\x04\x00"
"""Type and flags of the first frame of a server (RFC 9113 sections 3.4 and 6.5)."""

_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-5][0-9][0-9])(?: [^\r\n]*)?")


def statuses(stream: bytes, methods: Iterable[str]) -> tuple[int, ...]:
    """Give the status of each final response; methods: of the requests, GET behind the last."""
    if stream[3:5] == _SETTINGS:
        return (HTTP_2,)
    found: list[int] = []
    asked = iter(methods)
    while stream:
        head, end, stream = stream.partition(b"\r\n\r\n")
        first, _, lines = head.partition(b"\r\n")
        line = _STATUS_LINE.fullmatch(first)
        if line is None or not end:
            return (*found, GARBAGE)
        status = int(line[1])
        if status == SWITCHED:
            return (*found, status)
        if status < 200:
            continue
        found.append(status)
        if next(asked, "GET") != "HEAD" and status not in (204, 304):
            rest = _behind_body(lines, stream)
            if rest is None:
                return (*found, GARBAGE)
            stream = rest
    return tuple(found)


def _behind_body(lines: bytes, stream: bytes) -> bytes | None:
    """Cut the body from the begin of a stream; None where it is not complete."""
    fields = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(b":") for line in lines.split(b"\r\n"))
    }
    if fields.get(b"transfer-encoding", b"").lower() == b"chunked":
        return _behind_chunks(stream)
    if b"content-length" not in fields:
        return b""
    length = int(fields[b"content-length"])
    return stream[length:] if length <= len(stream) else None


def _behind_chunks(stream: bytes) -> bytes | None:
    while True:
        size, end, stream = stream.partition(b"\r\n")
        length = int(size, 16) if re.fullmatch(rb"[0-9A-Fa-f]+", size) else 0
        if not end or stream[length : length + 2] != b"\r\n":
            return None
        stream = stream[length + 2 :]
        if not length:
            return stream
