"""Starlette below its whole stack of middleware; tests/e2e has the rest of its features."""

from __future__ import annotations

import gzip
import json
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from conformance.frameworks.apps import starlette_app
from conformance.frameworks.endings import end_of
from conformance.frameworks.multipart import multipart
from conformance.frameworks.streams import leave_an_endless_one
from tests.e2e.clients import opened
from tests.e2e.places import Place, fetch
from tests.e2e.process import TIMEOUT

APPLICATION = "starlette_app:app"
SOURCE = Path(starlette_app.__file__).read_bytes()
LENGTH = len(SOURCE)

# HTTP.


def test_a_session_over_http_and_in_a_websocket(place: Place) -> None:
    cookie = ""
    for visits in (1, 2, 3):
        answer = place.fetch("/count", headers={"Cookie": cookie})
        assert answer.value == visits
        cookie = f"session={SimpleCookie(answer.headers['set-cookie'])['session'].value}"
    with opened(place, "/ws/session", additional_headers={"Cookie": cookie}) as websocket:
        assert json.loads(websocket.recv(TIMEOUT)) == {"visits": 3}
    cleared = place.fetch("/log-out", "POST", headers={"Cookie": cookie})
    assert cleared.headers["set-cookie"].startswith("session=null; path=/; expires=Thu, 01 Jan")


def test_a_background_task_holds_up_nobody(place: Place, name: str) -> None:
    answer = place.fetch(f"/background/{name}", "POST")
    assert (answer.status, answer.body) == (202, b"accepted")
    place.fetch(f"/diary/{name}-go", "POST", "done")
    assert place.fetch(f"/diary/{name}").value == "done"


def test_a_stream_leaves_every_middleware_piece_by_piece(place: Place, name: str) -> None:
    with place.connection() as connection:
        connection.request("GET", f"/stream/{name}", headers={"Accept-Encoding": "gzip"})
        response = connection.getresponse()
        assert response.headers["content-encoding"] == "gzip"
        assert response.headers["x-wrapped"] == "GET"
        # gzip holds the first piece back, but not its own head.
        head = response.read(10)
        place.fetch(f"/diary/{name}", "POST", "second")
        assert gzip.decompress(head + response.read()).decode() == "first " * 500 + "second"


def test_a_client_that_goes_ends_the_stream_behind_middleware(place: Place, name: str) -> None:
    assert leave_an_endless_one(place, name) == "the stream ended"


def test_a_client_that_goes_during_its_upload(place: Place, name: str) -> None:
    with place.connect() as sock:
        head = f"PUT /take/{name} HTTP/1.1\r\nHost: {place.address}\r\nContent-Length: 10\r\n\r\n"
        sock.sendall(head.encode() + b"abc")
        assert place.fetch(f"/diary/{name}-first").value == 3
    assert place.fetch(f"/diary/{name}").value == "the client went"


RANGES = {
    "first": ("bytes=0-9", SOURCE[:10], f"bytes 0-9/{LENGTH}"),
    "middle": ("bytes=100-299", SOURCE[100:300], f"bytes 100-299/{LENGTH}"),
    "to-the-end": ("bytes=50-", SOURCE[50:], f"bytes 50-{LENGTH - 1}/{LENGTH}"),
    "suffix": ("bytes=-7", SOURCE[-7:], f"bytes {LENGTH - 7}-{LENGTH - 1}/{LENGTH}"),
}


@pytest.mark.parametrize(("field", "body", "content"), RANGES.values(), ids=RANGES.keys())
def test_a_range_of_a_file(place: Place, field: str, body: bytes, content: str) -> None:
    answer = place.fetch("/file", headers={"Range": field})
    assert (answer.status, answer.body) == (206, body)
    assert answer.headers["content-range"] == content
    assert answer.headers["content-length"] == str(len(body))


def test_several_ranges_of_a_file(place: Place) -> None:
    answer = place.fetch("/file", headers={"Range": "bytes=0-4, 10-14"})
    kind, _, boundary = answer.headers["content-type"].partition("; boundary=")
    assert (answer.status, kind) == (206, "multipart/byteranges")
    parts = answer.body.split(f"--{boundary}".encode())
    assert [part.strip().partition(b"\r\n\r\n")[2] for part in parts[1:-1]] == [
        SOURCE[0:5].strip(),
        SOURCE[10:15].strip(),
    ]
    assert len(answer.body) == int(answer.headers["content-length"])


def test_a_range_that_is_not_there(place: Place) -> None:
    with place.connection() as connection:
        missed = fetch(connection, "/file", headers={"Range": f"bytes={LENGTH}-"})
        assert (missed.status, missed.headers["content-range"]) == (416, f"bytes */{LENGTH}")
        whole = fetch(connection, "/file", headers={"Range": "bytes=0-9", "If-Range": '"old"'})
        assert (whole.status, whole.body) == (200, SOURCE)
        known = {"Range": "bytes=0-9", "If-Range": whole.headers["etag"]}
        assert fetch(connection, "/file", headers=known)[::2] == (206, SOURCE[:10])
    named = "attachment; filename*=utf-8''S%C3%B6%C3%BC%C3%9F.py"
    assert whole.headers["content-disposition"] == named


def test_a_form_with_files(place: Place) -> None:
    headers, body = multipart(
        [("who", "Käthe")],
        [
            ("small", "a.txt", "text/plain", b"hi"),
            ("large", "b.bin", "image/png", bytes(3 << 20)),
        ],
    )
    assert place.fetch("/form", "POST", body, headers).value == {
        "who": "Käthe",
        "small": ["a.txt", "text/plain", 2],
        "large": ["b.bin", "image/png", 3 << 20],
    }


def test_a_handler_of_exceptions(place: Place) -> None:
    assert place.fetch("/gone")[::2] == (410, b"no /gone here: gone for good")
    assert place.fetch("/nowhere")[::2] == (404, b"no /nowhere here: Not Found")


def test_cors_of_an_answer_and_none_of_a_websocket(place: Place) -> None:
    origin = {"Origin": "https://a.example"}
    answer = place.fetch("/gone", headers=origin)
    assert answer.headers["access-control-allow-origin"] == "https://a.example"
    assert answer.headers["access-control-expose-headers"] == "x-a"
    with opened(place, "/ws/session", additional_headers=origin) as websocket:
        assert websocket.response is not None
        assert "access-control-allow-origin" not in websocket.response.headers


def test_routes_of_a_host(place: Place) -> None:
    assert place.fetch("/file", headers={"Host": "api.example"}).value == 1


# WebSocket.


REFUSED = b"the application refused the websocket\n"
"""What wsgate says for an application that closes and does not accept."""


def test_messages_by_iterator(place: Place, name: str) -> None:
    with opened(place, f"/ws/numbers/{name}") as websocket:
        for value, total in ((1, 1), (2.5, 3.5), (-4, -0.5)):
            websocket.send(json.dumps(value))
            assert json.loads(websocket.recv(TIMEOUT)) == total
    assert place.fetch(f"/diary/{name}").value == -0.5


def test_sending_to_a_client_that_has_left(place: Place, name: str) -> None:
    with opened(place, f"/ws/last-words/{name}"):
        pass
    assert place.fetch(f"/diary/{name}").value == "WebSocketDisconnect"


def test_a_websocket_exception_after_accept(place: Place) -> None:
    with opened(place, "/ws/policy?when=after") as websocket:
        assert end_of(websocket) == (4001, "against the rules")


def test_what_an_accept_carries(place: Place) -> None:
    with opened(place, "/ws/accept", subprotocols=[Subprotocol("chat")]) as websocket:
        assert websocket.response is not None
        fields = websocket.response.headers
        assert fields.get_all("set-cookie") == ["a=1", "b=2"]
        assert (fields["x-kind"], websocket.subprotocol) == ("tea", "chat")
        assert end_of(websocket) == (3000, "bye")


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        pytest.param("/ws/policy?when=before", 403, REFUSED, id="websocket-exception"),
        pytest.param("/ws/coffee", 418, b"a teapot", id="exception-handler"),
        pytest.param("/ws/menu", 402, b"pay first", id="streamed-denial"),
        pytest.param("/strict/ws", 400, b"Invalid host header", id="trusted-host"),
        pytest.param("/tenants/a/nowhere", 403, REFUSED, id="no-route-below-a-mount"),
        pytest.param("/count", 403, REFUSED, id="http-route"),
    ],
)
def test_refusals(place: Place, path: str, status: int, body: bytes) -> None:
    with pytest.raises(InvalidStatus) as caught, opened(place, path):
        pass
    assert (caught.value.response.status_code, caught.value.response.body) == (status, body)


def test_a_websocket_is_sent_to_tls(place: Place) -> None:
    handshake = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    answer = place.fetch("/secure/ws", headers=handshake)
    assert (answer.status, answer.body) == (307, b"")
    assert answer.headers["location"] == f"wss://{place.address}/secure/ws"


def test_a_websocket_below_a_mount_with_parameters(place: Place) -> None:
    with opened(place, "/tenants/a%20b/rooms/red") as websocket:
        assert json.loads(websocket.recv(TIMEOUT)) == {
            "params": {"tenant": "a b", "room": "red"},
            "url": f"{place.ws}/tenants/a/rooms/next",
        }
