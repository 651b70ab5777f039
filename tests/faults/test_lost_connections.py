"""Connections that end in the middle of something: nothing half is delivered, nothing is left."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.client import BINARY, CONTINUATION, TEXT, Client, make_frame, make_request
from tests.faults.waiting import wait_until
from tests.security.target import Target

CHURN = 100
DEADLINES = 1.5
"""Objects of each that may wait, without any other, until its bucket comes (wsgate.net.clock)."""

MESSAGE = (
    make_frame(TEXT, b"never", fin=False)
    + make_frame(CONTINUATION, b"de", fin=False)
    + make_frame(CONTINUATION, b"livered")
)


def idle(client: Client) -> None:
    client.open_websocket()


def kept_alive(client: Client) -> None:
    assert client.request().status == 200


def in_a_message(client: Client) -> None:
    client.open_websocket()
    client.send_frame(BINARY, b"begun", fin=False)


def in_a_frame(client: Client) -> None:
    client.open_websocket()
    client.send(make_frame(BINARY, bytes(1000))[:500])


def in_a_head(client: Client) -> None:
    client.send(make_request()[:-3])


def in_a_body(client: Client) -> None:
    client.send(make_request("POST", body=b"body")[:-2])


STATES = (idle, kept_alive, in_a_message, in_a_frame, in_a_head, in_a_body)


def churn(target: Target, begin: Callable[[Client], None], number: int) -> None:
    """Have so many connections reset in a state, and wait until the server has let go of them."""
    tasks, descriptors = target.get("/")["tasks"], target.descriptors()
    for _ in range(number):
        client = target.connect()
        begin(client)
        client.reset()
    wait_until(lambda: target.get("/")["tasks"] <= tasks)
    wait_until(lambda: target.descriptors() <= descriptors)


@pytest.mark.parametrize("number", [CHURN, pytest.param(20_000, marks=pytest.mark.long)])
@pytest.mark.parametrize("begin", STATES, ids=lambda each: str(each.__name__))
def test_R09_nothing_is_left_of_who_resets(
    witness: Target, begin: Callable[[Client], None], number: int
) -> None:
    churn(witness, begin, 10)
    before = witness.get("/objects")
    churn(witness, begin, number)
    assert witness.get("/objects") - before < DEADLINES * number


@pytest.mark.parametrize("begin", STATES, ids=lambda each: str(each.__name__))
def test_R38_no_garbage_is_left_to_collect(
    witness: Target, begin: Callable[[Client], None]
) -> None:
    """What of ours a connection needs is freed with it, by reference counts alone."""
    witness.get("/garbage")
    churn(witness, begin, CHURN)
    assert witness.get("/garbage") == 0


def test_R10_half_a_message_is_never_delivered(witness: Target) -> None:
    """FIN behind each byte of a message in three fragments but the last."""
    ends = witness.process.log.count("diary: 1006 lost")
    for length in range(len(MESSAGE)):
        with witness.connect() as client:
            client.open_websocket("/diary")
            client.send(MESSAGE[:length])
            client.finish()
            assert client.read_all() == b""
    witness.process.wait_for_times(ends + len(MESSAGE), "diary: 1006 lost")
    assert "diary: got" not in witness.process.log
    with witness.connect() as client:
        client.open_websocket("/diary")
        client.send(MESSAGE)
        witness.process.wait_for("diary: got neverdelivered")
