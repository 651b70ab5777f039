"""One limit for all workers: a worker that dies gives back what it held."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from tests.client import Client, make_upgrade
from tests.e2e.fleet import fleet, kill
from tests.e2e.places import PATHS

CAP = 6


def enter(client: Client) -> int | None:
    """Give the worker that has let a websocket in, None where it was refused."""
    client.send(make_upgrade())
    if client.read_head().status == 101:
        return int(client.read_text())
    return None


@pytest.mark.parametrize("path", PATHS)
def test_R17_the_cap_of_all_workers(path: str) -> None:
    options = ("--workers", "2", "--limit-connections", str(CAP), *PATHS[path])
    with fleet(*options) as server, ExitStack() as stack:
        workers = server.wait_for_ready(2)
        held = [enter(stack.enter_context(server.connect())) for _ in range(CAP)]
        assert set(held) <= set(workers)
        for _ in range(CAP):
            with server.connect() as client:
                assert enter(client) is None
        dying = workers[0] if workers[0] in held else workers[1]
        kill(dying)
        server.wait_for_ready(3)
        for _ in range(held.count(dying)):
            assert enter(stack.enter_context(server.connect())) in server.wait_for_ready(3)
        with server.connect() as client:
            assert enter(client) is None
