"""The fixture `wsgate_server`; pytest finds it by the entry point of the package."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from wsgate.testing import Serve, Serving


@pytest.fixture
def wsgate_server() -> Iterator[Serve]:
    """Serve an application until the test ends: ``wsgate_server(app, **options)``.

    Gives a `wsgate.testing.Serving`, with `url` and `ws_url`; may be called several times.
    """
    # Here: who has wsgate installed and does not use this imports no server in his tests.
    from wsgate.testing import serve

    with ExitStack() as open_ones:

        def serve_until_the_end(app: Any, **options: Any) -> Serving:
            return open_ones.enter_context(serve(app, **options))

        yield serve_until_the_end
