"""Litestar: HTTP handlers, streams, websocket handlers and listeners, the channels plugin."""

from __future__ import annotations

import gzip
import hashlib
import json
import socket
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from conformance.frameworks import apps
from conformance.frameworks.endings import end_of
from conformance.frameworks.multipart import multipart
from conformance.frameworks.streams import hear_as_it_is_made
from tests.e2e.clients import opened
from tests.e2e.places import Place
from tests.e2e.process import TIMEOUT

APPLICATION = "litestar_app:app"
JSON = {"Content-Type": "application/json"}


def entry(place: Place, name: str) -> Any:
    return place.fetch(f"/diary/{name}").value["entry"]


# HTTP.


def test_parameters_dependencies_and_state(place: Place) -> None:
    answer = place.fetch("/scaled/4?scale=3")
    assert answer.value == {"scaled": 120, "greeting": "hello from the lifespan"}


def test_a_dataclass_and_two_cookies(place: Place) -> None:
    answer = place.fetch("/points", "POST", '{"x": 1, "y": 2}', JSON)
    assert (answer.status, answer.value) == (201, {"x": 2, "y": 1})
    assert answer.headers["x-kind"] == "point"
    cookies = [field.partition(";")[0] for field in answer.headers.get_all("set-cookie") or []]
    assert cookies[:2] == ["a=1", "b=2"]


@pytest.mark.parametrize(
    ("method", "target", "body", "status", "detail"),
    [
        pytest.param("POST", "/points", '{"y": 2}', 400, "Validation failed", id="validation"),
        pytest.param("GET", "/members", None, 403, "members only", id="guard"),
        pytest.param("GET", "/nowhere", None, 404, "Not Found", id="no-route"),
        pytest.param("POST", "/large", None, 405, "Method Not Allowed", id="method"),
        pytest.param("GET", "/broken", None, 500, "Internal Server Error", id="unhandled"),
    ],
)
def test_errors(
    place: Place, method: str, target: str, body: str | None, status: int, detail: str
) -> None:
    answer = place.fetch(target, method, body, JSON)
    assert (answer.status, answer.value["status_code"]) == (status, status)
    assert answer.value["detail"].startswith(detail)


def test_a_session_on_the_server(place: Place) -> None:
    first = place.fetch("/visits")
    cookie = {"Cookie": first.headers["set-cookie"].partition(";")[0]}
    assert [first.value, place.fetch("/visits", headers=cookie).value] == [1, 2]
    assert place.fetch("/visits").value == 1


def test_no_content(place: Place) -> None:
    answer = place.fetch("/nothing", "DELETE")
    assert (answer.status, answer.body, answer.headers["content-length"]) == (204, b"", None)


def test_files_in_a_form(place: Place) -> None:
    bodies = {"one.bin": b"1", "two.bin": bytes(range(256)) * 10_000}
    files = [("data", name, "image/png", body) for name, body in bodies.items()]
    headers, body = multipart([], files)
    seen = place.fetch("/upload", "POST", body, headers).value
    assert seen == {name: hashlib.sha256(each).hexdigest() for name, each in bodies.items()}


def test_a_body_that_is_streamed_in(place: Place) -> None:
    pieces = (bytes(30_000) for _ in range(100))
    assert place.fetch("/take", "PUT", pieces).value == 3_000_000


def test_a_stream_arrives_as_it_is_made(place: Place, name: str) -> None:
    hear_as_it_is_made(place, name)


def test_server_sent_events(place: Place, name: str) -> None:
    with place.connection() as connection:
        connection.request("GET", f"/events/{name}")
        response = connection.getresponse()
        assert response.headers["content-type"].startswith("text/event-stream")
        fields = [response.readline().strip() for _ in range(6)]
        assert fields == [b"id: 1", b"event: news", b"data: a", b"data: b", b"retry: 500", b""]
        place.fetch(f"/diary/{name}", "POST", "later")
        assert response.read().split() == [b"id:", b"2", b"data:", b"later"]


def test_compression(place: Place) -> None:
    answer = place.fetch("/large", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(answer.body) == b"large " * 10_000


def test_a_file(place: Place) -> None:
    answer = place.fetch("/source")
    assert answer.body == (Path(apps.__file__).parent / "litestar_app.py").read_bytes()
    assert answer.headers["content-disposition"] == 'attachment; filename="app.py"'


def test_a_background_task_holds_up_nobody(place: Place, name: str) -> None:
    assert place.fetch(f"/tasks/{name}", "POST")[::2] == (202, b"accepted")
    place.fetch(f"/diary/{name}-go", "POST", "now")
    assert entry(place, name) == "now"


# WebSocket.


def test_a_handler_and_how_the_client_ends(place: Place, name: str) -> None:
    offer = [Subprotocol("v1"), Subprotocol("v2")]
    with opened(place, f"/ws/echo/{name}", subprotocols=offer) as websocket:
        assert websocket.subprotocol == "v2"
        assert websocket.response is not None
        assert websocket.response.headers["x-served-by"] == "litestar"
        for text in ("", "Grüße", "x" * 300_000):
            websocket.send(text)
            assert websocket.recv(TIMEOUT) == text
        websocket.close(4321)
    assert entry(place, name)[0] == 4321


def test_a_client_that_is_lost(place: Place, name: str) -> None:
    sock = place.connect()
    with opened(place, f"/ws/echo/{name}", sock=sock):
        sock.shutdown(socket.SHUT_RDWR)
        assert entry(place, name)[0] == 1006


def test_json_and_messagepack(place: Place) -> None:
    with opened(place, "/ws/codecs") as websocket:
        websocket.send('{"a": 1}')
        packed = websocket.recv(TIMEOUT)
        assert packed == b"\x81\xa1a\x01"
        websocket.send(packed)
        assert json.loads(websocket.recv(TIMEOUT)) == {"a": 1}
        websocket.send(b"\x00\xff")
        assert websocket.recv(TIMEOUT) == b"\x00\xff"
        assert end_of(websocket) == (3001, "enough")


def test_a_guard_of_a_websocket(place: Place) -> None:
    with opened(place, "/ws/members", additional_headers={"X-Token": "secret"}) as websocket:
        assert end_of(websocket) == (1000, "welcome")
    with pytest.raises(InvalidStatus) as caught, opened(place, "/ws/members"):
        pass
    assert caught.value.response.status_code == 403


@pytest.mark.parametrize(
    ("kind", "code", "reason"),
    [
        pytest.param("client", 4500, "not so", id="http-exception"),
        pytest.param("other", 4500, "Internal Server Error", id="unhandled"),
    ],
)
def test_exceptions_of_a_handler(place: Place, kind: str, code: int, reason: str) -> None:
    with opened(place, f"/ws/fail?accept=true&kind={kind}") as websocket:
        assert end_of(websocket) == (code, reason)
    with pytest.raises(InvalidStatus) as caught, opened(place, f"/ws/fail?accept=0&kind={kind}"):
        pass
    assert caught.value.response.status_code == 403


def test_a_listener(place: Place) -> None:
    with opened(place, "/ws/listen?scale=2") as websocket:
        for x in range(3):
            websocket.send(json.dumps({"x": x, "y": 1}))
            assert json.loads(websocket.recv(TIMEOUT)) == {"x": 20 * x, "y": 20}
        websocket.send('{"x": "many"}')
        assert end_of(websocket) == (4500, "Expected `int`, got `str` - at `$.x`")


def test_a_listener_for_bytes(place: Place) -> None:
    with opened(place, "/ws/listen-bytes") as websocket:
        websocket.send(bytes(range(256)))
        assert websocket.recv(TIMEOUT) == bytes(range(255, -1, -1))


def test_the_hooks_of_a_listener(place: Place, name: str) -> None:
    with opened(place, f"/ws/notes/{name}") as websocket:
        websocket.send("hi")
        assert websocket.recv(TIMEOUT) == "noted: hi"
        assert entry(place, f"{name}-opened") is True
    assert entry(place, f"{name}-closed") is True


def test_a_generator_ends_with_its_client(place: Place, name: str) -> None:
    with opened(place, f"/ws/ticks/{name}") as websocket:
        assert websocket.recv(TIMEOUT) == "first"
    assert entry(place, name) == "the stream ended"


def test_channels_with_history(place: Place, name: str) -> None:
    def publish(text: str) -> None:
        assert place.fetch(f"/publish/{name}", "POST", text).status == 204

    for text in ("forgotten", "old", "newer"):
        publish(text)
    path = f"/ws/channels/{name}"
    with opened(place, path) as ann, opened(place, path) as bob:
        for each in (ann, bob):
            assert [each.recv(TIMEOUT), each.recv(TIMEOUT)] == ["old", "newer"]
        publish("now")
        assert ann.recv(TIMEOUT) == bob.recv(TIMEOUT) == "now"
        ann.close()
        publish("to one")
        assert bob.recv(TIMEOUT) == "to one"
