"""A Starlette application under the real command, directly and behind nginx."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from tests.e2e.apps import starlette_app
from tests.e2e.clients import opened
from tests.e2e.places import Place, fetch
from tests.e2e.process import TIMEOUT

# HTTP.


def test_an_endpoint_class_through_middleware(newsroom: Place) -> None:
    answer = newsroom.fetch("/articles/first", headers={"X-Request-Id": "abc"})
    assert (answer.status, answer.headers["x-request-id"]) == (200, "abc")
    url = f"{newsroom.http}/articles/next"
    assert answer.value == {"slug": "first", "url": url, "stamp": "abc"}


def test_a_body_through_middleware(newsroom: Place) -> None:
    answer = newsroom.fetch("/articles/first", "PUT", b"abc" * 100_000)
    assert (answer.status, answer.body) == (201, b"ABC" * 100_000)


def test_several_requests_over_one_connection(newsroom: Place) -> None:
    with newsroom.connection() as connection:
        for slug in ("a", "b", "c"):
            assert fetch(connection, f"/articles/{slug}").value["slug"] == slug
            assert fetch(connection, "/articles/x", "HEAD")[::2] == (200, b"")
            assert fetch(connection, "/articles/x", "PATCH").status == 405
            assert fetch(connection, "/nowhere").body == b"no /nowhere here"


def test_authentication(newsroom: Place) -> None:
    assert newsroom.fetch("/private").status == 403
    assert newsroom.fetch("/private", headers={"X-User": "ann"}).body == b"hello ann"


def test_server_sent_events(newsroom: Place, request: pytest.FixtureRequest) -> None:
    name = request.node.name
    with newsroom.connection() as connection:
        connection.request("GET", f"/events/{name}")
        response = connection.getresponse()
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert [response.readline() for _ in range(2)] == [b"retry: 60000\n", b"\n"]
        for number in range(3):
            newsroom.fetch(f"/diary/{name}/{number}", "POST", f"news {number}")
            event = [response.readline() for _ in range(3)]
            assert event == [b"id: %d\n" % number, b"data: news %d\n" % number, b"\n"]
        assert response.read() == b""


def test_a_long_poll_learns_that_the_client_went(
    newsroom: Place, request: pytest.FixtureRequest
) -> None:
    name = request.node.name
    with newsroom.connection() as connection:
        connection.request("POST", f"/wait/{name}", b"a question")
        assert newsroom.fetch(f"/diary/{name}/body").value == "a question"
    assert newsroom.fetch(f"/diary/{name}").value == "the client went"


def test_work_in_the_lifespan_s_task_group(newsroom: Place, request: pytest.FixtureRequest) -> None:
    name = request.node.name
    assert newsroom.fetch(f"/start/{name}", "POST").status == 202
    assert newsroom.fetch(f"/diary/{name}").value == "done"


@pytest.mark.parametrize(
    ("target", "status", "location"),
    [
        pytest.param("/moved", 308, "/articles/here", id="url-for"),
        pytest.param("/private/", 307, "/private", id="slash"),
    ],
)
def test_redirects_name_the_host_that_the_client_knows(
    newsroom: Place, target: str, status: int, location: str
) -> None:
    answer = newsroom.fetch(target)
    assert (answer.status, answer.headers["location"]) == (status, newsroom.http + location)


def test_static_files(newsroom: Place) -> None:
    source = Path(starlette_app.__file__).read_bytes()
    with newsroom.connection() as connection:
        target = "/static/starlette_app.py"
        whole = fetch(connection, target)
        assert (whole.status, whole.body) == (200, source)
        head = fetch(connection, target, "HEAD")
        assert (head.body, head.headers["content-length"]) == (b"", str(len(source)))
        known = {"If-None-Match": whole.headers["etag"]}
        assert fetch(connection, target, headers=known)[::2] == (304, b"")
        assert fetch(connection, "/static/../starlette_app.py").status == 404


# WebSocket.


def test_a_websocket_endpoint(newsroom: Place, request: pytest.FixtureRequest) -> None:
    name = request.node.name
    offer = [Subprotocol("first"), Subprotocol("last")]
    with opened(newsroom, f"/ws/sum/{name}", subprotocols=offer) as websocket:
        assert websocket.subprotocol == "last"
        websocket.send(json.dumps([1, 2, 3]))
        assert json.loads(websocket.recv(TIMEOUT)) == {"sum": 6}
        websocket.close(3000)
    assert newsroom.fetch(f"/diary/{name}").value == 3000


def test_a_websocket_endpoint_for_bytes(newsroom: Place) -> None:
    with opened(newsroom, "/ws/shout") as websocket:
        websocket.send(b"abc")
        assert websocket.recv(TIMEOUT) == b"ABC"


def test_authentication_of_a_websocket(newsroom: Place) -> None:
    with opened(newsroom, "/ws/letters", additional_headers={"X-User": "ann"}) as websocket:
        assert websocket.recv(TIMEOUT) == "for ann"
    with pytest.raises(InvalidStatus) as refused, opened(newsroom, "/ws/letters"):
        pass
    assert refused.value.response.status_code == 403


def test_a_task_that_only_pushes_learns_that_the_client_was_lost(
    newsroom: Place, request: pytest.FixtureRequest
) -> None:
    name = request.node.name
    sock = newsroom.connect()
    with opened(newsroom, f"/ws/ticker/{name}", sock=sock) as websocket:
        assert websocket.recv(TIMEOUT) == "tick"
        sock.shutdown(2)
        assert newsroom.fetch(f"/diary/{name}").value == "the ticker ended"


def test_a_plain_application_below_a_mount(newsroom: Place) -> None:
    with opened(newsroom, "/plain/deep/er") as websocket:
        assert websocket.recv(TIMEOUT) == "/plain /plain/deep/er"
        with pytest.raises(ConnectionClosed):
            websocket.recv(TIMEOUT)
    assert (websocket.close_code, websocket.close_reason) == (3999, "plain")
