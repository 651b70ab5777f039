"""Close codes and the body of a Close, both ways."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.client import CLOSE, Frame, make_close
from tests.websocket.wire import expected, parse_server_frames
from wsgate.websocket.close_codes import CloseCode, may_be_sent
from wsgate.websocket.closing import MAX_REASON, close_payload, parse_close, shorten_reason
from wsgate.websocket.connection import Connection, State
from wsgate.websocket.errors import (
    InvalidPayload,
    MessageTooBig,
    PolicyViolation,
    ProtocolViolation,
)
from wsgate.websocket.events import CloseReceived

# RFC 6455 section 7.4.2 and the IANA registry, written as ranges once more.
ON_THE_WIRE = {
    *range(1000, 1004),
    *range(1007, 1015),
    *range(3000, 5000),
}


def test_every_code_of_16_bits() -> None:
    assert {code for code in range(65_536) if may_be_sent(code)} == ON_THE_WIRE


def test_every_code_as_a_close_of_the_peer() -> None:
    for code in range(65_536):
        (event,) = expected(Connection().receive_data(make_close(code, "why")))
        assert event == (CloseReceived(code, "why") if code in ON_THE_WIRE else 1002)


def test_the_names_of_codes_are_those_of_the_registry() -> None:
    assert {code for code in CloseCode if may_be_sent(code)} == {
        code for code in ON_THE_WIRE if code < 3000
    }
    assert set(CloseCode) - ON_THE_WIRE == {1005, 1006, 1015}


@pytest.mark.parametrize(
    ("violation", "code"),
    [
        (ProtocolViolation, 1002),
        (InvalidPayload, 1007),
        (PolicyViolation, 1008),
        (MessageTooBig, 1009),
    ],
)
def test_the_code_of_a_violation(violation: type[ProtocolViolation], code: int) -> None:
    assert violation.code == code
    event = Connection().fail(violation("why"))
    assert (event.code, event.reason) == (code, "why")


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(code, id=f"C14-{code}")
        for code in (-1, 0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_536, 70_000)
    ],
)
def test_a_code_that_the_application_must_not_send(code: int) -> None:
    connection = Connection()
    with pytest.raises(ValueError, match=f"close code {code} must not be sent"):
        connection.send_close(code)
    assert connection.state is State.OPEN
    assert list(parse_server_frames(connection.send_close(1000))) == [Frame(CLOSE, b"\x03\xe8")]


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("x" * 124, "at most 123 bytes"),
        ("é" * 62, "at most 123 bytes"),
        ("\ud800", "surrogates not allowed"),
    ],
)
def test_a_reason_that_does_not_go_out(reason: str, sentence: str) -> None:
    connection = Connection()
    with pytest.raises(ValueError, match=sentence):
        connection.send_close(1000, reason)
    assert connection.state is State.OPEN


@given(st.sampled_from(sorted(ON_THE_WIRE)), st.text(max_size=130).map(shorten_reason))
def test_a_close_reads_back(code: int, reason: str) -> None:
    assert parse_close(close_payload(code, reason)) == CloseReceived(code, reason)


def test_C01_a_close_without_code_goes_out_empty() -> None:
    connection = Connection()
    assert connection.receive_data(make_close()) == [CloseReceived(1005, "")]
    assert list(parse_server_frames(connection.send_close(None))) == [Frame(CLOSE, b"")]


@pytest.mark.parametrize(
    "code", [pytest.param(code, id=f"C06-{code}") for code in (1000, 1001, 1014, 3000, 4999)]
)
def test_the_answer_to_a_close_is_its_echo(code: int) -> None:
    connection = Connection()
    (event,) = connection.receive_data(make_close(code, "why"))
    assert isinstance(event, CloseReceived)
    echo = connection.send_close(event.code, event.reason)
    assert list(parse_server_frames(echo)) == [Frame(CLOSE, struct.pack("!H", code) + b"why")]


@pytest.mark.parametrize(
    ("reason", "shortened"),
    [
        pytest.param("", "", id="C15-empty"),
        pytest.param("x" * 123, "x" * 123, id="C15-fits"),
        pytest.param("x" * 124, "x" * 123, id="C15-ascii"),
        pytest.param("é" * 62, "é" * 61, id="C15-inside-2"),
        pytest.param("x" * 121 + "€", "x" * 121, id="C15-inside-3"),
        pytest.param("x" * 119 + "😀", "x" * 119 + "😀", id="C15-whole-4"),
        pytest.param("x" * 120 + "😀y", "x" * 120, id="C15-inside-4"),
    ],
)
def test_shorten_reason(reason: str, shortened: str) -> None:
    assert shorten_reason(reason) == shortened


@given(st.text(min_size=20, max_size=200))
def test_C15_as_many_code_points_as_fit(reason: str) -> None:
    shortened = shorten_reason(reason)
    assert reason.startswith(shortened)
    assert len(shortened.encode()) <= MAX_REASON
    assert shortened == reason or len(reason[: len(shortened) + 1].encode()) > MAX_REASON
