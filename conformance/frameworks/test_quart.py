"""Quart: websocket routes, refusals, streams, background tasks."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus
from websockets.http11 import Response
from websockets.typing import Subprotocol

from conformance.frameworks import apps
from conformance.frameworks.endings import end_of
from conformance.frameworks.multipart import multipart
from conformance.frameworks.streams import hear_as_it_is_made, leave_an_endless_one
from tests.e2e.clients import opened
from tests.e2e.places import Place
from tests.e2e.process import TIMEOUT

APPLICATION = "quart_app:app"
SOURCE = (Path(apps.__file__).parent / "quart_app.py").read_bytes()


def refusal(place: Place, path: str) -> Response:
    with pytest.raises(InvalidStatus) as caught, opened(place, path):
        pass
    return caught.value.response


# HTTP.


def test_what_a_request_carries(place: Place) -> None:
    headers = {"Content-Type": "application/json", "Cookie": "a=1; b=2"}
    answer = place.fetch("/mirror/x/y%20z?a=1&a=%C3%BC", "POST", '{"n": [1]}', headers)
    assert answer.headers["x-stamp"] == "POST"
    assert answer.value == {
        "path": "x/y z",
        "args": ["1", "ü"],
        "json": {"n": [1]},
        "cookies": {"a": "1", "b": "2"},
        "client": "127.0.0.1",
        "url": f"{place.http}/mirror/x/y%20z?a=1&a=ü",
    }


@pytest.mark.parametrize(
    ("method", "target", "status", "body"),
    [
        pytest.param("GET", "/greeting", 200, b"hello from the lifespan", id="while-serving"),
        pytest.param("GET", "/thread", 200, b"from a thread", id="thread"),
        pytest.param("GET", "/nowhere", 404, b"no such page", id="error-handler"),
        pytest.param("HEAD", "/greeting", 200, b"", id="head"),
    ],
)
def test_answers(place: Place, method: str, target: str, status: int, body: bytes) -> None:
    assert place.fetch(target, method)[::2] == (status, body)


def test_a_session(place: Place) -> None:
    first = place.fetch("/visits")
    cookie = {"Cookie": first.headers["set-cookie"].partition(";")[0]}
    assert [first.body, place.fetch("/visits", headers=cookie).body] == [b"1", b"2"]


def test_a_form_with_a_file(place: Place) -> None:
    headers, body = multipart([("who", "Käthe")], [("file", "a.bin", "image/png", bytes(500_000))])
    seen = place.fetch("/form", "POST", body, headers).value
    assert seen == {"who": "Käthe", "file": ["a.bin", 500_000]}


def test_a_body_that_is_streamed_in(place: Place) -> None:
    pieces = (bytes(10_000) for _ in range(100))
    assert place.fetch("/take", "PUT", pieces).body == b"1000000"


def test_a_body_above_the_limit(place: Place) -> None:
    headers, body = multipart([], [("file", "a.bin", "image/png", bytes(1 << 20))])
    assert place.fetch("/form", "POST", body, headers).status == 413


def test_a_stream_arrives_as_it_is_made(place: Place, name: str) -> None:
    hear_as_it_is_made(place, name)


def test_a_client_that_goes_ends_its_stream(place: Place, name: str) -> None:
    assert leave_an_endless_one(place, name, b"data: more\n") == "the client went"


def test_a_file_and_its_range(place: Place) -> None:
    assert place.fetch("/source").body == SOURCE
    part = place.fetch("/source", headers={"Range": "bytes=10-19"})
    assert (part.status, part.body) == (206, SOURCE[10:20])


def test_a_background_task(place: Place, name: str) -> None:
    assert place.fetch(f"/tasks/{name}", "POST")[::2] == (202, b"accepted")
    place.fetch(f"/diary/{name}-go", "POST", "now")
    assert place.fetch(f"/diary/{name}").value == "now"


# WebSocket.


def test_text_and_bytes(place: Place) -> None:
    with opened(place, "/ws/echo") as websocket:
        for message in ("Grüße", b"\x00\xff", "x" * 200_000, bytes(200_000)):
            websocket.send(message)
            assert websocket.recv(TIMEOUT) == message


def test_json_and_parameters(place: Place) -> None:
    with opened(place, "/ws/json/3?a=1&a=2") as websocket:
        websocket.send("14")
        assert json.loads(websocket.recv(TIMEOUT)) == {"times": 42, "a": ["1", "2"]}


def test_what_an_accept_carries(place: Place) -> None:
    offer = [Subprotocol("v1"), Subprotocol("v2")]
    with opened(place, "/ws/accept", subprotocols=offer) as websocket:
        assert websocket.subprotocol == "v2"
        assert websocket.response is not None
        assert websocket.response.headers["x-kind"] == "tea"
        assert websocket.response.headers["set-cookie"] == "a=1"
        assert websocket.recv(TIMEOUT) == "Python"
        assert end_of(websocket) == (3210, "das wär's")


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        pytest.param("/ws/abort/418", 418, {}, id="abort"),
        pytest.param("/ws/respond", 503, {"retry-after": "7"}, id="response"),
        pytest.param("/ws/echo?token=x", 401, {"www-authenticate": "Token"}, id="before-websocket"),
        pytest.param("/ws/nowhere", 404, {}, id="no-route"),
        pytest.param("/ws/json/three", 404, {}, id="no-such-parameter"),
    ],
)
def test_refusals(place: Place, path: str, status: int, field: dict[str, str]) -> None:
    response = refusal(place, path)
    assert response.status_code == status
    assert field.items() <= dict(response.headers).items()


def test_the_body_of_a_refusal(place: Place) -> None:
    assert json.loads(refusal(place, "/ws/respond").body or b"") == {"detail": "full"}


def test_an_exception_before_accept(place: Place) -> None:
    assert refusal(place, "/ws/fail").status_code == 500


@pytest.mark.parametrize("path", ["/ws/return", "/ws/fail?accept=1"], ids=["returned", "raised"])
def test_a_route_that_ends_without_a_close(place: Place, path: str) -> None:
    """Quart says 1000 for both."""
    with opened(place, path) as websocket:
        assert end_of(websocket) == (1000, "")


@pytest.mark.parametrize("how", ["closed", "lost"])
def test_a_client_that_goes_cancels_the_route(place: Place, name: str, how: str) -> None:
    name = f"{name}-{how}"
    sock = place.connect()
    with opened(place, f"/ws/record/{name}", sock=sock) as websocket:
        assert websocket.recv(TIMEOUT) == "ready"
        if how == "lost":
            sock.shutdown(socket.SHUT_RDWR)
            assert place.fetch(f"/diary/{name}").value == "cancelled"
    assert place.fetch(f"/diary/{name}").value == "cancelled"


def test_a_room_with_two(place: Place, name: str) -> None:
    path = f"/ws/rooms/{name}"
    with opened(place, path) as ann:
        assert ann.recv(TIMEOUT) == "1 here"
        with opened(place, path) as bob:
            assert bob.recv(TIMEOUT) == "2 here"
            bob.send("hello")
            assert ann.recv(TIMEOUT) == bob.recv(TIMEOUT) == "hello"
    assert place.fetch(f"/diary/{name}").value == "everybody left"
