"""Requests that must be refused: one answer, then the end of the stream, and no call."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.wire.live import DRAINED, Feed, Live
from tests.http1.feeding import NEXT
from tests.http1.vectors import CHUNKED, LIMITS, REFUSED

SHORT = [
    each
    for each in REFUSED
    if isinstance(stream := each.values[0], bytes) and len(stream) < DRAINED
]


@pytest.fixture(scope="module")
def options() -> dict[str, Any]:
    return {
        "limit_request_line": LIMITS.request_line,
        "limit_request_head": LIMITS.head,
        "limit_request_fields": LIMITS.fields,
    }


@pytest.mark.parametrize(("stream", "status"), SHORT)
def test_refused(live: Live, feed: Feed, stream: bytes, status: int) -> None:
    response = live.only_answer([*feed(stream), NEXT])
    assert (response.status, response.field("connection")) == (status, "close")
    assert response.body
    if stream.startswith(CHUNKED):
        assert live.only_call().received[-1] == {"type": "http.disconnect"}
    else:
        assert live.calls() == []
