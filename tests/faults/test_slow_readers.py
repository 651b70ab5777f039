"""Who does not read what a websocket sends: what it costs, and when it ends."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from tests.client import Client
from tests.faults.impatient import Impatient

SMALL = 4096
COMPRESSION = [("Sec-WebSocket-Extensions", "permessage-deflate")]

LIMIT = 65_536
MESSAGE = 65_536
SLACK = 16 << 20
"""Bytes that the process may have more for another reason; who is unbounded sends more in 0.2 s."""

READERS = 100
LIVE = 200
SAID = [str(number).encode() for number in range(20)]


def stall(impatient: Impatient, path: str, headers: list[tuple[str, str]]) -> Client:
    client = impatient.connect(receive_buffer=SMALL)
    client.open_websocket(path, headers)
    return client


@pytest.mark.parametrize("headers", [[], COMPRESSION], ids=["plain", "compressed"])
def test_R05_a_stalled_reader_is_cut(impatient: Impatient, headers: list[tuple[str, str]]) -> None:
    ends = impatient.process.log.count("/greedy: 1006 slow_consumer by the server")
    raised = impatient.process.log.count("/greedy: Disconnected")
    with stall(impatient, "/greedy", headers) as client:
        address, port = client.sock.getsockname()
        line = rf'{address}:{port} - "WebSocket /greedy" closed 1006 \(slow_consumer, by the server'
        impatient.process.wait_for(line)
        impatient.process.wait_for_times(raised + 1, "/greedy: Disconnected")
        impatient.process.wait_for_times(ends + 1, "/greedy: 1006 slow_consumer by the server")
    assert impatient.process.log.count(f'{address}:{port} - "WebSocket /greedy" closed') == 1


def test_R05_many_stalled_readers_cost_the_limit_and_a_message(impatient: Impatient) -> None:
    ends = impatient.process.log.count("/greedy: 1006 slow_consumer by the server")
    impatient.process.peak()  # of what was before
    before = impatient.process.peak()
    with ExitStack() as open_ones:
        for _ in range(READERS):
            open_ones.enter_context(stall(impatient, "/greedy", []))
        impatient.process.wait_for_times(
            ends + READERS, "/greedy: 1006 slow_consumer by the server"
        )
        assert impatient.process.peak() - before < READERS * (LIMIT + MESSAGE) + SLACK


def test_R06_a_reader_that_resets_while_send_waits(impatient: Impatient) -> None:
    raised = impatient.process.log.count("/stuck: Disconnected")
    lost = impatient.process.log.count("/stuck: 1006 lost by the peer")
    with stall(impatient, "/stuck", []) as client:
        client.read(SMALL)
        client.reset()
    impatient.process.wait_for_times(raised + 1, "/stuck: Disconnected")
    impatient.process.wait_for_times(lost + 1, "/stuck: 1006 lost by the peer")


def test_R07_a_broadcast_with_one_stalled_reader(impatient: Impatient) -> None:
    """The others get all that is said, while it stalls and when it is cut."""
    with ExitStack() as open_ones:
        live = [open_ones.enter_context(impatient.connect()) for _ in range(LIVE)]
        for client in live:
            client.open_websocket("/room")
        left = impatient.process.log.count("/room/stalled: left")
        open_ones.enter_context(stall(impatient, "/room/stalled", []))
        say(impatient)
        for client in live:
            assert [client.read_frame().payload for _ in SAID] == SAID
        impatient.process.wait_for_times(left + 1, "/room/stalled: left")
        say(impatient)
        for client in live:
            assert [client.read_frame().payload for _ in SAID] == SAID


def say(impatient: Impatient) -> None:
    with impatient.connect() as client:
        assert client.request("GET", "/say").status == 200
