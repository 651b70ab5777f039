"""Gathering the head of a request: all that is judged byte by byte, before anything is parsed.

A fault is found with the byte that shows it, and of several faults the first in the stream
counts, however the stream was cut into segments.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

from wsgate.http1.buffer import ReceiveBuffer
from wsgate.http1.errors import RequestError
from wsgate.http1.grammar import (
    BARE_CR_OR_FOLD,
    HEAD_BYTES,
    HEAD_FAULT,
    SERVED_REQUEST_LINE,
    WHOLE_HEAD,
)
from wsgate.http1.validation import long_request_line, unserved_request_line

CR: Final = ord("\r")

SHORTEST_FIELD: Final = 3
"""Bytes that a line of a head has at least, its end counted in."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a head may cost.

    ``request_line`` and ``head`` are bytes (of the line without its end, of the head with its
    empty line), ``fields`` is a count.
    """

    request_line: int = 16384
    head: int = 65536
    fields: int = 128


class HeadScanner:
    """Looks for the end of a head, each byte once.

    ``_scanned`` counts the bytes looked at, ``_lines`` the line ends among them.
    """

    __slots__ = ("_limits", "_lines", "_scanned")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._scanned = 0
        self._lines = 0

    def scan(self, buffer: ReceiveBuffer) -> int:
        """Return the length of the head at the front of ``buffer``, 0 while it is incomplete.

        One empty line before the request line is counted in, for the caller to drop (section 2.2).
        Raises RequestError.
        """
        data, start = buffer.data, buffer.start
        if start == len(data):
            return 0
        begin = start + 2 if data[start] == CR and data.startswith(b"\r\n", start) else start
        seen = max(start + self._scanned, begin)
        if seen == begin and (end := self._stands(data, begin)):
            self._scanned = 0
            return end - start
        end = data.find(b"\r\n\r\n", max(seen - 2, begin)) + 4
        complete = end >= 4
        if not complete:
            # What a CR means is known with the byte behind it, and of two that is known.
            end = len(data) - (data.endswith(b"\r") and not data.endswith(b"\r\r"))
        if end > seen:
            self._check(data, begin, seen, end, complete)
        if complete:
            self._scanned = self._lines = 0
            return end - start
        self._scanned = end - start
        return 0

    def _stands(self, data: bytes | bytearray, begin: int) -> int:
        """Give the end of a head that came whole and is right, 0 for another.

        Most come so and are so, and one match tells.
        """
        limits = self._limits
        match = WHOLE_HEAD.match(data, begin, begin + limits.head)
        if match is None:
            return 0
        end = match.end()
        size = end - begin
        stands = (
            size <= limits.request_line or match.end(1) - 2 - begin <= limits.request_line
        ) and (
            size <= SHORTEST_FIELD * limits.fields
            or data.count(b"\n", begin, end) <= limits.fields + 2
        )
        return end if stands else 0

    def _check(
        self, data: bytes | bytearray, begin: int, seen: int, end: int, complete: bool
    ) -> None:
        """Check ``data[seen:end]`` of the head that begins at ``begin``, by cheap counts."""
        fresh = data[seen:end]
        lines = fresh.count(b"\n")
        if (
            fresh.count(b"\r") != lines
            or fresh.translate(None, HEAD_BYTES)
            or BARE_CR_OR_FOLD.search(data, max(seen - 2, begin), end)
            or end - begin > self._limits.head
            or self._lines + lines - complete > self._limits.fields + 1
            or (not self._lines and not self._request_line_stands(data, begin, end, lines > 0))
        ):
            raise min(self._faults(bytes(data[begin:end])), key=itemgetter(0))[1]
        self._lines += lines

    def _request_line_stands(
        self, data: bytes | bytearray, begin: int, end: int, complete: bool
    ) -> bool:
        if not complete:
            return end - begin <= self._limits.request_line
        match = SERVED_REQUEST_LINE.match(data, begin, end)
        return match is not None and match.end() - 2 - begin <= self._limits.request_line

    def _faults(self, head: bytes) -> Iterator[tuple[int, RequestError]]:
        """Yield the faults of a head, or of the part that has come, each with its position."""
        fault = HEAD_FAULT.search(head)
        if fault:
            yield (
                fault.end() - 1,
                RequestError(
                    400, "The head holds a control character, a bare CR or LF, or a folded line."
                ),
            )
        limits = self._limits
        line, line_end, _ = head.partition(b"\r\n")
        if len(line) > limits.request_line:
            yield limits.request_line, long_request_line(line)
        elif line_end:
            error = unserved_request_line(line)
            if error:
                yield len(line) + 1, error
        if len(head) > limits.head:
            yield limits.head, RequestError(431, "The head of the request is too large.")
        ends = [match.start() for match in re.finditer(rb"\n(?!\r\n\Z)", head)]
        if len(ends) > limits.fields + 1:
            yield ends[limits.fields + 1], RequestError(431, "The request has too many fields.")
