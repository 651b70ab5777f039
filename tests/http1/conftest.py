import pytest

from wsgate.http1.parser import HeadParser
from wsgate.http1.parsers import PARSERS


@pytest.fixture(params=sorted(PARSERS))
def parse_head(request: pytest.FixtureRequest) -> HeadParser:
    """Each of the two parsers, which must not differ in anything."""
    return PARSERS[request.param]
