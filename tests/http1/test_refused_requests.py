"""Every stream that must be refused: the status, at once, and not one more byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.http1.feeding import NEXT, byte_by_byte, cut, read
from tests.http1.vectors import LIMITS, REFUSED
from wsgate.http1.parser import HeadParser
from wsgate.http1.parsers import PARSERS

STREAMS = [stream for param in REFUSED if isinstance(stream := param.values[0], bytes)]


@pytest.mark.parametrize(("stream", "status"), REFUSED)
def test_refused_without_waiting_for_more(
    parse_head: HeadParser, stream: bytes, status: int
) -> None:
    outcome = read(parse_head, [stream], limits=LIMITS)
    assert outcome.status == status
    assert outcome.complete == 0


@pytest.mark.parametrize(("stream", "status"), REFUSED)
def test_refused_byte_by_byte(parse_head: HeadParser, stream: bytes, status: int) -> None:
    outcome = read(parse_head, byte_by_byte(stream), limits=LIMITS)
    assert outcome.status == status
    assert outcome.complete == 0


@pytest.mark.parametrize(("stream", "status"), REFUSED)
def test_H38_nothing_is_processed_after_a_refusal(
    parse_head: HeadParser, stream: bytes, status: int
) -> None:
    refused = read(parse_head, [stream], limits=LIMITS)
    assert read(parse_head, [stream + NEXT], limits=LIMITS) == refused
    assert read(parse_head, [stream, NEXT, NEXT], limits=LIMITS, eof=True) == refused
    assert not any(request.path == b"/next" for request in refused.requests)
    assert refused.status == status


@given(
    stream=st.sampled_from(STREAMS),
    places=st.lists(st.floats(0, 1), max_size=8),
    parser=st.sampled_from(sorted(PARSERS)),
)
def test_refused_in_random_pieces(stream: bytes, places: list[float], parser: str) -> None:
    whole = read(PARSERS[parser], [stream], limits=LIMITS)
    assert read(PARSERS[parser], cut(stream, places), limits=LIMITS) == whole
