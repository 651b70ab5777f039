"""The chat, served in this process on each parser and each loop."""

from collections.abc import Iterator

import pytest

from tests.conftest import Serve
from tests.serving import Serving
from wsgate.demo.app import app


@pytest.fixture
def chat(serving: Serve) -> Iterator[Serving]:
    """A server with an empty room."""
    with serving(app, lifespan="on") as server:
        yield server
