"""R03 and R04: who sends a request slowly, or does not take the response."""

from __future__ import annotations

import pytest

from tests.client import make_request
from tests.faults.impatient import Impatient

SMALL = 4096


def upload(path: str, *fields: tuple[str, str]) -> bytes:
    return make_request("POST", path, fields or [("Content-Length", "9")])


@pytest.mark.parametrize(
    "begin",
    [
        pytest.param(upload("/slow"), id="R03-no-byte"),
        pytest.param(upload("/slow") + b"begun", id="R03-half"),
        pytest.param(upload("/slow", ("Transfer-Encoding", "chunked")) + b"5", id="R03-chunk-size"),
        pytest.param(
            upload("/slow", ("Transfer-Encoding", "chunked")) + b"5\r\nbegun\r\n", id="R03-chunks"
        ),
    ],
)
def test_a_body_that_stops(impatient: Impatient, begin: bytes) -> None:
    before = impatient.process.log.count("/slow: http.disconnect")
    with impatient.connect() as client:
        client.send(begin)
        response = client.read_response()
        assert (response.status, response.field("connection")) == (408, "close")
        assert client.read_all() == b""
        address, port = client.sock.getsockname()
    impatient.process.wait_for_times(before + 1, "/slow: http.disconnect")
    impatient.wait_for(f'{address}:{port} - "POST /slow HTTP/1.1" 408 (timeout.body)')


def test_R03_a_body_that_stops_behind_the_head_of_the_response(impatient: Impatient) -> None:
    """What was begun must not be taken for a whole."""
    with impatient.connect() as client:
        client.send(upload("/answered") + b"begun")
        assert client.read_head().status == 200
        assert client.read_chunk() == b"begun"
        with pytest.raises(ConnectionResetError):
            client.read_all()
        address, port = client.sock.getsockname()
    impatient.wait_for("/answered: http.disconnect")
    impatient.wait_for(f'{address}:{port} - "POST /answered HTTP/1.1" 200 (timeout.body)')


BODY = bytes(100_000)
LENGTH = ("Content-Length", str(len(BODY)))


@pytest.mark.parametrize(
    ("begin", "rest"),
    [
        pytest.param(upload("/held-back", LENGTH) + BODY, b"", id="R03-not-read"),
        pytest.param(
            upload("/held-back", LENGTH, ("Expect", "100-continue")), BODY, id="R03-not-asked-for"
        ),
    ],
)
def test_a_client_that_is_held_back_is_not_late(
    impatient: Impatient, begin: bytes, rest: bytes
) -> None:
    """More of the body is there than may wait, or none was asked for."""
    waiting = impatient.process.log.count("/held-back: waits")
    with impatient.connect() as client:
        client.send(begin)
        impatient.process.wait_for_times(waiting + 1, "/held-back: waits")
        impatient.some_time_passes()
        assert not client.readable()
        client.send(rest)
        impatient.go()
        assert client.read_response().body == b"100000"


def test_R04_a_response_that_is_not_taken(impatient: Impatient) -> None:
    with impatient.connect(receive_buffer=SMALL) as client:
        client.send(make_request("GET", "/big"))
        impatient.wait_for("/big: Disconnected")
        address, port = client.sock.getsockname()
        impatient.wait_for(f'{address}:{port} - "GET /big HTTP/1.1" 200 (timeout.write)')
        with pytest.raises(ConnectionResetError):
            client.read_all()
