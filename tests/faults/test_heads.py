"""Those who connect and say nothing, and those who say it a byte at a time."""

from __future__ import annotations

import itertools
import selectors
from contextlib import ExitStack

import pytest

from tests.client import Client
from tests.e2e.command import wsgate
from tests.e2e.places import PATHS
from tests.faults.impatient import Impatient, read_frame

SILENT = 100
DRIBBLING = 40
PACE = 0.02
"""Seconds between two bytes."""

HEAD = b"GET / HTTP/1.1\r\nHost: test\r\nX-Long: "
OPTIONS = ("--timeout-handshake", "2", "--timeout-keep-alive", "3600", "--limit-request-head", "1k")
"""Patient enough for who is well; who could go on for ever would get 431 at the limit."""


def bytes_without_end() -> itertools.chain[int]:
    return itertools.chain(HEAD, itertools.repeat(ord("a")))


@pytest.mark.parametrize("path", PATHS)
def test_R01_R02_there_is_a_time_from_the_accept(path: str) -> None:
    """No byte renews it; who is well is served meanwhile, and stays."""
    with wsgate("patience:app", *OPTIONS, *PATHS[path]) as command, ExitStack() as stack:
        server = Impatient(command)
        waiting = stack.enter_context(selectors.DefaultSelector())

        def connect() -> Client:
            return stack.enter_context(server.connect())

        silent = [connect() for _ in range(SILENT)]
        for client in [connect() for _ in range(DRIBBLING)]:
            waiting.register(client.sock, selectors.EVENT_READ, client)
        well = connect()
        well.open_websocket("/blocking")
        for byte in bytes_without_end():
            for key, _ in waiting.select(PACE):
                waiting.unregister(key.fileobj)
                assert key.data.read_response().status == 408
                assert key.data.read_all() == b""
            for key in waiting.get_map().values():
                key.data.send(bytes([byte]))
            if not waiting.get_map():
                break
        for client in silent:
            assert client.read_all() == b""
        well.send_text("0")
        assert read_frame(well).payload == b"0"
        with server.connect() as another:
            assert another.request("GET", "/go").status == 200
