"""H36: requests that are sent ahead are answered in order, within bounded memory."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.client import Client, make_request
from tests.e2e.wire.live import Live, answer

COUNT = 400
BIG = 65_536
"""Bytes of a response: more than the server lets wait for its peer."""

BUFFERED = 300
"""Responses, and requests of the same size, that the buffers of the kernel may hold."""


async def answer_path(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the path; padded under /big/."""
    body = str(scope["path"]).encode()
    await answer(send, body.ljust(BIG) if body.startswith(b"/big/") else body)


@pytest.fixture(scope="module")
def application() -> Any:
    return answer_path


@pytest.fixture(scope="module")
def options() -> dict[str, Any]:
    return {"access_log": False}


def test_H36_ten_thousand_in_one_segment(live: Live) -> None:
    paths = [f"/{number}" for number in range(10_000)]
    with live.connect() as client:
        sending = send_aside(client, b"".join(make_request(target=path) for path in paths))
        answers = [client.read_response() for _ in paths]
        sending.join()
    assert [answer.body.decode() for answer in answers] == paths
    assert {answer.status for answer in answers} == {200}
    assert [call.path for call in live.calls()] == paths


@pytest.mark.parametrize(
    "padding",
    [
        pytest.param(0, id="H36-responses-wait"),
        pytest.param(60_000, id="H36-requests-wait"),
    ],
)
def test_a_peer_that_does_not_read_is_not_served_on(live: Live, padding: int) -> None:
    """Its requests would fill the memory, and their responses more so."""
    fields = [("X-Padding", "x" * padding)]
    paths = [f"/big/{number}" for number in range(COUNT)]
    stream = b"".join(make_request(target=path, headers=fields) for path in paths)
    with live.connect(SO_RCVBUF=65_536, SO_SNDBUF=65_536) as client:
        client.sock.setblocking(False)
        sent = send_until_stuck(live, client, stream)
        assert len(live.calls()) < BUFFERED
        assert sent < BUFFERED * (padding + 100)
        client.sock.setblocking(True)
        sending = send_aside(client, stream[sent:])
        answers = [client.read_response().body.decode().rstrip() for _ in paths]
        sending.join()
    assert answers == paths


def send_aside(client: Client, data: bytes) -> threading.Thread:
    """Send in a thread, for who sends and reads at once."""
    thread = threading.Thread(target=client.send, args=(data,))
    thread.start()
    return thread


def send_until_stuck(live: Live, client: Client, data: bytes) -> int:
    """Send until the server neither takes more nor serves more; give the bytes that left."""
    sent = calls = 0
    while True:
        before = sent, calls
        try:
            sent += client.sock.send(data[sent : sent + 65_536])
        except BlockingIOError:
            pass
        calls = len(live.calls())
        if (sent, calls) == before:
            return sent
