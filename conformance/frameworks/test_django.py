"""Django and Django Channels: views, uploads, consumers, groups over the channel layer."""

from __future__ import annotations

import gzip
import hashlib
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection
from websockets.typing import Origin, Subprotocol

from conformance.frameworks import apps
from conformance.frameworks.endings import end_of
from conformance.frameworks.multipart import multipart
from conformance.frameworks.streams import hear_as_it_is_made, leave_an_endless_one
from tests.e2e.clients import opened
from tests.e2e.places import Place, fetch
from tests.e2e.process import TIMEOUT

APPLICATION = "django_app:app"
PAGE = Origin("https://page.example")


def from_page(place: Place, path: str, **options: Any) -> ClientConnection:
    """Open a websocket as a page does that the same host has served."""
    return opened(place, path, **{"origin": Origin(place.http), **options})


def text_of(websocket: ClientConnection) -> str:
    """The next message of a room."""
    text: str = json.loads(websocket.recv(TIMEOUT))["text"]
    return text


# HTTP.


def test_what_a_request_carries(place: Place) -> None:
    headers = {
        "Cookie": "c=3; d=4",
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twice": "once",
    }
    answer = place.fetch("/mirror/?a=1&a=%C3%BC", "POST", "field=va%6Cue&x=", headers)
    assert answer.value == {
        "method": "POST",
        "path": "/mirror/",
        "args": ["1", "ü"],
        "fields": {"field": "value", "x": ""},
        "cookies": {"c": "3", "d": "4"},
        "client": "127.0.0.1",
        "url": f"{place.http}/mirror/?a=1&a=%C3%BC",
        "x-twice": "once",
    }
    cookies = answer.headers.get_all("set-cookie")
    assert cookies == ["a=1; Path=/; SameSite=Lax", "b=2; HttpOnly; Path=/"]


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        pytest.param("GET", "/nowhere", 404, id="no-route"),
        pytest.param("GET", "/upload", 405, id="method"),
        pytest.param("GET", "/broken", 500, id="unhandled"),
        pytest.param("GET", "/mirror", 301, id="slash"),
        pytest.param("HEAD", "/visits", 200, id="head"),
    ],
)
def test_statuses_and_the_connection_goes_on(
    place: Place, method: str, target: str, status: int
) -> None:
    with place.connection() as connection:
        assert fetch(connection, target, method).status == status
        assert fetch(connection, "/visits").value == 1


def test_a_host_that_is_not_allowed(place: Place) -> None:
    assert place.fetch("/visits", headers={"Host": "other.example"}).status == 400


def test_a_form_with_files(place: Place) -> None:
    bodies = {"small.bin": b"small", "large.bin": bytes(range(256)) * 12_000}
    files = [(name, name, "image/png", body) for name, body in bodies.items()]
    headers, body = multipart([("who", "Käthe")], files)
    assert place.fetch("/upload", "POST", body, headers).value == {
        "fields": {"who": "Käthe"},
        "files": {
            name: {"size": len(each), "sha256": hashlib.sha256(each).hexdigest()}
            for name, each in bodies.items()
        },
    }


def test_a_body_in_chunks(place: Place) -> None:
    fields = {"Content-Type": "application/x-www-form-urlencoded"}
    pieces = (b"x" * 10_000 for _ in range(20))
    answer = place.fetch("/diary/chunked", "POST", pieces, fields)
    assert answer.status == 204
    assert len(place.fetch("/diary/chunked").value) == 200_000


def test_a_body_above_the_limit(place: Place, name: str) -> None:
    assert place.fetch(f"/diary/{name}", "POST", bytes((1 << 20) + 1)).status in {400, 413}


def test_a_session_over_http_and_in_a_thread_s_websocket(place: Place) -> None:
    cookies = {"Cookie": "who=ann"}
    for count in (1, 2):
        answer = place.fetch("/visits", headers=cookies)
        assert answer.value == count
        cookies = {"Cookie": f"{answer.headers['set-cookie'].partition(';')[0]}; who=ann"}
    with from_page(place, "/ws/threaded", additional_headers=cookies) as websocket:
        assert websocket.recv(TIMEOUT) == "2 visits"
        websocket.send("hi")
        assert websocket.recv(TIMEOUT) == "ann said hi"
        assert end_of(websocket) == (3003, "enough")


def test_a_file(place: Place) -> None:
    source = (Path(apps.__file__).parent / "django_views.py").read_bytes()
    answer = place.fetch("/source")
    assert (answer.status, answer.body) == (200, source)
    assert answer.headers["content-disposition"] == 'attachment; filename="views.py"'


def test_compression_and_an_etag(place: Place) -> None:
    fields = {"Accept-Encoding": "gzip"}
    answer = place.fetch("/large", headers=fields)
    assert gzip.decompress(answer.body) == b"large " * 10_000
    known = {**fields, "If-None-Match": answer.headers["etag"]}
    assert place.fetch("/large", headers=known)[::2] == (304, b"")


def test_a_stream_arrives_as_it_is_made(place: Place, name: str) -> None:
    hear_as_it_is_made(place, name)


def test_a_client_that_goes_ends_its_stream(place: Place, name: str) -> None:
    assert leave_an_endless_one(place, name) == "the client went"


def test_a_client_that_goes_cancels_its_view(place: Place, name: str) -> None:
    with place.connection() as connection:
        connection.request("GET", f"/wait/{name}")
        assert place.fetch(f"/diary/{name}-started").value is True
    assert place.fetch(f"/diary/{name}").value == "cancelled"


def test_a_long_poll_of_channels(place: Place, name: str) -> None:
    with place.connection() as connection:
        connection.request("POST", f"/poll/{name}", b"news?")
        response = connection.getresponse()
        assert (response.status, response.readline()) == (203, b"asked: news?\n")
        place.fetch(f"/diary/{name}", "POST", "news")
        assert response.read() == b"news"


# WebSocket.


def test_a_consumer_and_how_the_client_ends(place: Place, name: str) -> None:
    offer = [Subprotocol("v1"), Subprotocol("v2")]
    with from_page(place, f"/ws/echo/{name}", subprotocols=offer) as websocket:
        assert websocket.subprotocol == "v2"
        assert websocket.response is not None
        assert websocket.response.headers["x-served-by"] == "channels"
        assert websocket.response.headers["set-cookie"] == "a=1"
        for message in ("Grüße", b"\x00\xff", "x" * 300_000, bytes(300_000), b""):
            websocket.send(message)
            assert websocket.recv(TIMEOUT) == message
        websocket.close(4321)
    assert place.fetch(f"/diary/{name}").value == 4321


@pytest.mark.parametrize(
    ("leave", "code"),
    [
        pytest.param(lambda sock: sock.shutdown(socket.SHUT_RDWR), 1006, id="lost"),
        pytest.param(lambda sock: sock.sendall(b"\x88\x80\x00\x00\x00\x00"), 1005, id="no-code"),
    ],
)
def test_a_client_that_leaves_without_a_code(
    place: Place, name: str, leave: Callable[[socket.socket], None], code: int
) -> None:
    name, sock = f"{name}-{code}", place.connect()
    with from_page(place, f"/ws/echo/{name}", sock=sock):
        leave(sock)
        assert place.fetch(f"/diary/{name}").value == code


def test_a_room_over_the_channel_layer(place: Place, name: str) -> None:
    path = f"/ws/rooms/{name}"
    with from_page(place, path) as ann, from_page(place, path) as bob:
        assert [text_of(ann), text_of(ann), text_of(bob)] == ["somebody came"] * 3
        bob.send('{"text": "hello"}')
        assert text_of(ann) == text_of(bob) == "hello"
        assert place.fetch(f"/tell/{name}", "POST", "from a view").status == 204
        assert text_of(ann) == text_of(bob) == "from a view"
        bob.send('{"leave": "good-bye"}')
        assert end_of(bob) == (4001, "good-bye")
        assert text_of(ann) == "left with 4001"


def test_both_sources_of_a_consumer_lose_nothing(place: Place, name: str) -> None:
    """Channels cancels its `receive()` whenever the channel layer has something."""
    path, texts = f"/ws/rooms/{name}", [str(number) for number in range(50)]
    with from_page(place, path) as ann, from_page(place, path) as bob:
        assert [text_of(ann), text_of(ann), text_of(bob)] == ["somebody came"] * 3
        for text in texts:
            ann.send(json.dumps({"text": f"a{text}"}))
            bob.send(json.dumps({"text": f"b{text}"}))
        heard = [text_of(ann) for _ in range(100)]
        assert [text_of(bob) for _ in range(100)] == heard
    assert [text[1:] for text in heard if text[0] == "a"] == texts
    assert [text[1:] for text in heard if text[0] == "b"] == texts


@pytest.mark.parametrize(
    ("path", "origin", "status"),
    [
        pytest.param("/ws/refusing?close", PAGE, 403, id="close"),
        pytest.param("/ws/refusing?raise", PAGE, 403, id="deny-connection"),
        pytest.param("/ws/broken", PAGE, 500, id="raise"),
        pytest.param("/ws/rooms/a", Origin("https://evil.example"), 403, id="origin"),
        pytest.param("/ws/rooms/a", None, 403, id="no-origin"),
    ],
)
def test_refusals(place: Place, path: str, origin: Origin | None, status: int) -> None:
    with pytest.raises(InvalidStatus) as caught, from_page(place, path, origin=origin):
        pass
    assert caught.value.response.status_code == status


def test_an_origin_that_is_allowed(place: Place) -> None:
    with from_page(place, "/ws/rooms/b", origin=PAGE) as websocket:
        assert text_of(websocket) == "somebody came"


def test_an_exception_of_a_consumer(place: Place) -> None:
    with from_page(place, "/ws/broken?accept") as websocket:
        assert end_of(websocket) == (1011, "internal error")
