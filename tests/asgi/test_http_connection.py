"""Several requests on one connection, and how it ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

import pytest

from tests.asgi.applications import (
    START,
    Application,
    Complaints,
    Message,
    Receive,
    Scope,
    Seen,
    Send,
    answering,
    length,
    piece,
    respond,
)
from tests.client import Client, make_request
from tests.conftest import Serve
from wsgate.net.http_connection import MAX_DISCARDED


async def echo_path(scope: Scope, receive: Receive, send: Send) -> None:
    await respond(send, scope["path"].encode())


@pytest.mark.parametrize(
    ("http_version", "connection", "persists"),
    [
        pytest.param("1.1", None, True, id="1.1"),
        pytest.param("1.1", "close", False, id="1.1-close"),
        pytest.param("1.0", None, False, id="1.0"),
        pytest.param("1.0", "keep-alive", True, id="1.0-keep-alive"),
    ],
)
def test_the_connection_goes_on_as_the_client_wants(
    serving: Serve, http_version: str, connection: str | None, persists: bool
) -> None:
    headers = [("Connection", connection)] if connection else []
    with serving(echo_path) as server, Client(server.connect()) as client:
        response = client.request("GET", "/one", headers, http_version=http_version)
        assert response.body == b"/one"
        if persists:
            assert response.field("connection") == (None if http_version == "1.1" else connection)
            response = client.request("GET", "/two", headers, http_version=http_version)
            assert response.body == b"/two"
        else:
            assert response.field("connection") == "close"
            assert client.read_all() == b""


def test_connection_close_of_the_application_ends_it(serving: Serve) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"Connection", b"close")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"bye"})

    with serving(app) as server, Client(server.connect()) as client:
        response = client.request()
        assert (response.field("connection"), response.body) == ("close", b"bye")
        assert client.read_all() == b""


def test_pipelined_requests_are_served_one_after_the_other(serving: Serve, seen: Seen) -> None:
    go_on = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.put(scope["path"])
        assert (await receive())["body"] == b"body"
        if scope["path"] == "/1":
            seen.put("slow")
            await go_on.wait()
        seen.put("answers")
        await respond(send, scope["path"].encode())

    with serving(app) as server, Client(server.connect()) as client:
        client.send(b"".join(make_request("POST", f"/{n}", body=b"body") for n in (1, 2, 3)))
        assert [seen.take(), seen.take()] == ["/1", "slow"]
        server.call(go_on.set)
        assert [client.read_response().body for _ in range(3)] == [b"/1", b"/2", b"/3"]
    assert [seen.take() for _ in range(5)] == ["answers", "/2", "answers", "/3", "answers"]
    assert seen.empty


def test_each_pipelined_request_of_a_client_that_has_finished_is_told_so(
    serving: Serve, seen: Seen
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        seen.put((scope["path"], (await receive())["type"]))
        await respond(send, scope["path"].encode())

    with serving(app) as server, Client(server.connect()) as client:
        client.send(b"".join(make_request("GET", f"/{n}") for n in (1, 2)))
        client.finish()
        assert [seen.take(), seen.take()] == [("/1", "http.disconnect"), ("/2", "http.disconnect")]
        assert [client.read_response().body for _ in range(2)] == [b"/1", b"/2"]
        assert client.read_all() == b""


@pytest.mark.parametrize("size", [10, MAX_DISCARDED])
def test_an_early_response_discards_a_small_rest_and_the_connection_goes_on(
    serving: Serve, size: int
) -> None:
    with serving(echo_path) as server, Client(server.connect()) as client:
        client.send(make_request("POST", "/one", [("Content-Length", str(size))]))
        assert client.read_response().body == b"/one"
        client.send(bytes(size))
        assert client.request("GET", "/two").body == b"/two"


def test_an_early_response_and_a_large_rest_end_the_connection(
    serving: Serve, complaints: Complaints
) -> None:
    with serving(echo_path) as server, Client(server.connect()) as client:
        client.send(make_request("POST", "/one", [("Content-Length", "100000000")]))
        assert client.read_response().body == b"/one"
        client.send(bytes(MAX_DISCARDED + 20_000))
        assert client.read_all() == b""
    assert complaints() == []


def test_an_early_response_reaches_a_client_that_sends_on_regardless(serving: Serve) -> None:
    size = 8 * 1024 * 1024
    with serving(echo_path) as server, Client(server.connect()) as client:
        client.send(make_request("POST", "/one", [("Content-Length", str(size))]))
        with suppress(ConnectionError):
            client.send(bytes(size))
        assert client.read_response().body == b"/one"


def test_a_body_that_the_application_did_not_read_is_not_the_next_request(serving: Serve) -> None:
    smuggled = make_request("GET", "/smuggled")
    with serving(echo_path) as server, Client(server.connect()) as client:
        client.send(make_request("POST", "/one", body=smuggled) + make_request("GET", "/two"))
        assert [client.read_response().body for _ in range(2)] == [b"/one", b"/two"]
        client.finish()
        assert client.read_all() == b""


def test_a_restart_lets_the_response_finish_and_says_close(serving: Serve, seen: Seen) -> None:
    go_on = asyncio.Event()

    async def body(receive: Receive, send: Send) -> None:
        seen.put("called")
        await go_on.wait()
        await respond(send, b"whole")

    with serving(answering(body)) as server, Client(server.connect()) as client:
        client.send(make_request())
        assert seen.take() == "called"
        server.stop()
        server.call(go_on.set)
        response = client.read_response()
        assert response.body == b"whole"
        assert client.read_all() == b""


def test_an_application_that_does_not_end_is_cancelled_at_the_graceful_timeout(
    serving: Serve, seen: Seen, complaints: Complaints
) -> None:
    async def body(receive: Receive, send: Send) -> None:
        seen.put("called")
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            seen.put("cancelled")
            raise

    with (
        serving(answering(body), timeout_graceful_shutdown=0.1) as server,
        Client(server.connect()) as client,
    ):
        client.send(make_request())
        assert seen.take() == "called"
        server.stop()
        assert seen.take() == "cancelled"
    assert "Exception in the ASGI application" not in complaints()


# Who leaves because the client has left is not blamed; half a response is not taken for a whole.


@pytest.fixture
def access_log(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """What stands behind the client in each line of the access log."""
    caplog.set_level(logging.INFO, logger="wsgate.access")
    return lambda: [
        record.getMessage().partition(" - ")[2]
        for record in caplog.records
        if record.name == "wsgate.access"
    ]


def leaving(seen: Seen, *messages: Message) -> Application:
    """An application that returns when the client has left, behind these messages."""

    async def body(receive: Receive, send: Send) -> None:
        for message in messages:
            await send(message)
        seen.put("begun")
        message = await receive()
        while message["type"] == "http.request":
            message = await receive()
        seen.put(message["type"])

    return answering(body)


def test_no_response_to_a_client_that_has_finished(
    serving: Serve, seen: Seen, complaints: Complaints, access_log: Callable[[], list[str]]
) -> None:
    with serving(leaving(seen)) as server, Client(server.connect()) as client:
        client.send(make_request())
        client.finish()
        assert [seen.take(), seen.take()] == ["begun", "http.disconnect"]
        assert client.read_all() == b""
    assert complaints() == []
    assert access_log() == ['"GET / HTTP/1.1" 499']


@pytest.mark.parametrize(
    ("method", "messages"),
    [
        pytest.param("GET", [length(5), piece(b"whole")], id="length"),
        pytest.param("GET", [length(0)], id="length-0"),
        pytest.param("GET", [{**START, "status": 304}], id="304"),
        pytest.param("HEAD", [length(5)], id="HEAD"),
    ],
)
def test_a_response_that_only_lacks_its_last_message_is_whole(
    serving: Serve,
    seen: Seen,
    complaints: Complaints,
    access_log: Callable[[], list[str]],
    method: str,
    messages: list[Message],
) -> None:
    with serving(leaving(seen, *messages)) as server, Client(server.connect()) as client:
        client.send(make_request(method))
        client.finish()
        assert [seen.take(), seen.take()] == ["begun", "http.disconnect"]
        response = client.read_response(method)
        assert response.body == messages[-1].get("body", b"")
        assert client.read_all() == b""
    assert complaints() == []
    assert access_log() == [f'"{method} / HTTP/1.1" {response.status}']


@pytest.mark.parametrize(
    ("http_version", "start"),
    [
        pytest.param("1.1", length(5), id="length"),
        pytest.param("1.1", START, id="chunked"),
        pytest.param("1.0", START, id="up-to-the-end"),
    ],
)
def test_half_a_response_ends_in_a_reset(
    serving: Serve, seen: Seen, complaints: Complaints, http_version: str, start: Message
) -> None:
    application = leaving(seen, start, piece(b"half"))
    with serving(application) as server, Client(server.connect()) as client:
        client.send(make_request(http_version=http_version))
        client.finish()
        assert [seen.take(), seen.take()] == ["begun", "http.disconnect"]
        with pytest.raises(ConnectionResetError):
            client.read_all()
    assert complaints() == []


@pytest.mark.parametrize("leave", [Client.finish, Client.reset], ids=["FIN-in-body", "RST"])
@pytest.mark.parametrize(
    ("messages", "status"), [([], 499), ([length(5)], 200)], ids=["unanswered", "begun"]
)
def test_a_lost_request_has_its_line_in_the_access_log(
    serving: Serve,
    seen: Seen,
    access_log: Callable[[], list[str]],
    leave: Callable[[Client], None],
    messages: list[Message],
    status: int,
) -> None:
    with serving(leaving(seen, *messages)) as server, Client(server.connect()) as client:
        client.send(make_request("POST", "/", [("Content-Length", "9")]))
        assert seen.take() == "begun"  # what leaves at once may not have been heard at all
        leave(client)
        assert seen.take() == "http.disconnect"
    assert access_log() == [f'"POST / HTTP/1.1" {status}']
