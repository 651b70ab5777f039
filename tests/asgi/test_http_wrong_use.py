"""A response that breaks a rule: a sentence for the application, 500 or an end for the client."""

from __future__ import annotations

import pytest

from tests.asgi.applications import (
    BODY,
    START,
    Complaints,
    Message,
    Receive,
    Seen,
    Send,
    answering,
    error_of,
    last,
    length,
    piece,
    respond,
)
from tests.client import Client, make_request
from tests.conftest import Serve


@pytest.mark.parametrize(
    ("messages", "sentence"),
    [
        pytest.param([last()], "expected http.response.start", id="R37-body-first"),
        pytest.param([{"type": "http.response.end"}], "expected http.res", id="R37-unknown-type"),
        pytest.param([{"status": 200}], "got None in an http scope", id="R37-no-type"),
        pytest.param([{"type": "websocket.accept"}], "expected http.response", id="H40-accept"),
        pytest.param([{"type": START["type"]}], "must be an int", id="R37-no-status"),
        pytest.param([{**START, "status": "200"}], "must be an int", id="R37-status-str"),
        pytest.param([{**START, "status": True}], "must be an int", id="R37-status-bool"),
        pytest.param([{**START, "status": 100}], "from 200 to 999", id="H40-100"),
        pytest.param([{**START, "status": 101}], "from 200 to 999", id="H40-101"),
        pytest.param([{**START, "status": 199}], "from 200 to 999", id="H40-199"),
        pytest.param([{**START, "status": 1000}], "from 200 to 999", id="H40-1000"),
        pytest.param([{**START, "headers": [(b"x", b"a\r\nb: c")]}], "control", id="H39-crlf"),
        pytest.param([{**START, "headers": [(b"x", b"a\nb")]}], "control", id="H39-lf"),
        pytest.param([{**START, "headers": [(b"x", b"a\0")]}], "control", id="H39-nul"),
        pytest.param([{**START, "headers": [(b"x\r\ny", b"a")]}], "token", id="H39-name"),
        pytest.param([{**START, "headers": [("x", "y")]}], "must be bytes", id="R37-str"),
        pytest.param([{**START, "headers": 1}], "pairs of bytes", id="R37-headers-int"),
        pytest.param([{**START, "headers": [(b"x", None)]}], "must be bytes", id="R37-value-none"),
        pytest.param(
            [{**START, "headers": [(b"content-length", b"-1")]}], "in digits", id="R37-length"
        ),
    ],
)
def test_a_wrong_start_raises_and_the_client_gets_500(
    serving: Serve, seen: Seen, complaints: Complaints, messages: list[Message], sentence: str
) -> None:
    async def body(receive: Receive, send: Send) -> None:
        for message in messages:
            error = await error_of(send(message))
            seen.put(error)
            if error is not None:
                raise error

    with serving(answering(body)) as server, Client(server.connect()) as client:
        client.send(make_request())
        response = client.read_response()
        assert (response.status, response.body) == (500, b"Internal Server Error\n")
        assert {name for name, _ in response.headers} == {
            "content-type",
            "content-length",
            "connection",
            "date",
            "server",
        }
        assert client.read_all() == b""
    error = seen.take()
    assert isinstance(error, RuntimeError)
    assert sentence in str(error)
    assert complaints() == ["Exception in the ASGI application"]


@pytest.mark.parametrize(
    ("messages", "sentence"),
    [
        pytest.param([START, START], "expected http.response.body", id="R37-two-starts"),
        pytest.param([START, {"type": BODY, "body": "text"}], "must be bytes", id="R37-body-str"),
        pytest.param([START, {"type": BODY, "body": None}], "must be bytes", id="R37-body-none"),
        pytest.param([length(4), last(b"12345")], "longer than its Content-Length", id="longer"),
        pytest.param([length(4), piece(b"123"), last(b"45")], "longer", id="longer-in-pieces"),
        pytest.param([length(4), last(b"123")], "shorter than its Content-Length", id="shorter"),
        pytest.param([length(4), piece(b"123"), last()], "shorter", id="shorter-in-pieces"),
    ],
)
def test_a_wrong_body_raises_and_half_a_response_is_not_taken_for_a_whole(
    serving: Serve, seen: Seen, complaints: Complaints, messages: list[Message], sentence: str
) -> None:
    async def body(receive: Receive, send: Send) -> None:
        for message in messages[:-1]:
            await send(message)
        error = await error_of(send(messages[-1]))
        seen.put(error)
        assert error is not None
        raise error

    with serving(answering(body)) as server, Client(server.connect()) as client:
        client.send(make_request())
        with pytest.raises((ConnectionResetError, AssertionError)):
            client.read_response()
    error = seen.take()
    assert isinstance(error, RuntimeError)
    assert sentence in str(error)
    assert complaints() == ["Exception in the ASGI application"]


def test_wrong_use_that_is_caught_is_not_logged_and_the_response_is_whole(
    serving: Serve, complaints: Complaints
) -> None:
    async def body(receive: Receive, send: Send) -> None:
        for message in (last(), {**START, "status": 101}):
            assert isinstance(await error_of(send(message)), RuntimeError)
        await respond(send, b"mended")
        assert str(await error_of(send(last()))) == (
            "send: got 'http.response.body' in an http scope, "
            "expected nothing more: the response is complete"
        )

    with serving(answering(body)) as server, Client(server.connect()) as client:
        assert client.request().body == b"mended"
        assert client.request().body == b"mended"
    assert complaints() == []
