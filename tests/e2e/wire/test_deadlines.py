"""U29: the head of a request has a deadline, and no byte moves it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.client import make_request
from tests.e2e.wire.live import Live
from tests.e2e.wire.opening import opening

DEADLINE = 0.2
PAUSE = 0.02
"""Seconds between two bytes; those of a head are much longer on their way than the deadline."""

LONG = opening({"X-Padding": "x" * 1000})


@pytest.fixture(scope="module")
def options() -> dict[str, Any]:
    return {"timeout_handshake": DEADLINE, "timeout_keep_alive": DEADLINE}


def test_U29_no_byte_at_all(live: Live) -> None:
    with live.connect() as client:
        live.assert_ends(client)
    assert live.calls() == []


@pytest.mark.parametrize(
    "begin",
    [
        pytest.param(b"G", id="U29-one-byte"),
        pytest.param(b"\r\n", id="U29-empty-line"),
        pytest.param(opening()[:-2], id="U29-last-line"),
        pytest.param(opening()[:-1], id="U29-last-byte"),
    ],
)
def test_a_head_that_stops(live: Live, begin: bytes) -> None:
    assert live.only_answer([begin]).status == 408
    assert live.calls() == []


def test_U29_a_head_that_dribbles(live: Live) -> None:
    with live.connect() as client:
        for byte in LONG:
            if client.readable(PAUSE):
                break
            client.send(bytes([byte]))
        assert client.read_response().status == 408
        live.assert_ended(client)
    assert live.calls() == []


def test_U29_a_second_head_that_dribbles(live: Live) -> None:
    with live.connect() as client:
        assert client.request().status == 200
        for byte in LONG:
            if client.readable(PAUSE):
                break
            client.send(bytes([byte]))
        assert client.read_response().status == 408
        live.assert_ended(client)
    assert len(live.calls()) == 1


def test_no_second_request(live: Live) -> None:
    with live.connect() as client:
        assert client.request().status == 200
        live.assert_ends(client)


def test_a_body_that_nobody_reads_has_no_answer_of_its_own(live: Live) -> None:
    """The response was given; at the deadline there is nothing to say but the end."""
    with live.connect() as client:
        client.send(make_request("POST", "/early", [("Content-Length", "5")]) + b"half")
        assert client.read_response().body == b"POST /early"
        live.assert_ends(client)


def test_a_head_in_time_is_served(live: Live) -> None:
    live.assert_serves()
