"""A FastAPI application under the real command, directly and behind nginx."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.e2e.apps import fastapi_app
from tests.e2e.clients import opened
from tests.e2e.places import Place, fetch
from tests.e2e.process import TIMEOUT

TOKEN = {"X-Token": "tok"}


def refusal(place: Place, path: str) -> InvalidStatus:
    with pytest.raises(InvalidStatus) as caught, opened(place, path):
        pass
    return caught.value


# HTTP.


def test_path_query_header_and_cookie(shop: Place) -> None:
    headers = {**TOKEN, "Cookie": "session=abc"}
    answer = shop.fetch("/items/7?q=gr%C3%BCn&tag=a&tag=b", headers=headers)
    assert answer.status == 200
    seen = {"item_id": 7, "q": "grün", "tag": ["a", "b"], "x_token": "tok", "session": "abc"}
    assert answer.value == seen


def test_invalid_parameters_are_explained(shop: Place) -> None:
    answer = shop.fetch("/items/seven?q=x", headers=TOKEN)
    assert answer.status == 422
    assert [error["loc"][-1] for error in answer.value["detail"]] == ["item_id", "tag", "session"]


def test_json_body_and_model(shop: Place) -> None:
    item = {"name": "Käse", "price": 4.5, "tags": ["food"]}
    headers = {"Content-Type": "application/json"}
    answer = shop.fetch("/items", "POST", json.dumps({**item, "name": "brie"}), headers)
    assert (answer.status, answer.headers["location"]) == (201, "/items/brie")
    assert answer.value == {**item, "name": "brie"}


@pytest.mark.parametrize(
    ("method", "target", "status", "body"),
    [
        pytest.param("GET", "/sold-out/tea", 409, {"sold out": "tea"}, id="exception-handler"),
        pytest.param("GET", "/members", 401, {"detail": "members only"}, id="dependency-refuses"),
        pytest.param("GET", "/nowhere", 404, {"detail": "Not Found"}, id="no-route"),
        pytest.param("PATCH", "/source", 405, {"detail": "Method Not Allowed"}, id="method"),
        pytest.param("GET", "/ws/echo", 404, {"detail": "Not Found"}, id="websocket-route"),
    ],
)
def test_errors(shop: Place, method: str, target: str, status: int, body: object) -> None:
    answer = shop.fetch(target, method)
    assert (answer.status, answer.value) == (status, body)


def test_an_exception_is_a_500_and_the_connection_goes_on(shop: Place) -> None:
    with shop.connection() as connection:
        broken = fetch(connection, "/broken")
        assert (broken.status, broken.body) == (500, b"Internal Server Error")
        assert fetch(connection, "/greeting").status == 200


def test_fields_of_an_http_exception(shop: Place) -> None:
    assert shop.fetch("/members").headers["www-authenticate"] == "Bearer"
    assert shop.fetch("/members", headers={"X-Token": "secret"}).value == {"who": "a member"}


def test_a_dependency_is_cleaned_up(shop: Place, request: pytest.FixtureRequest) -> None:
    name = request.node.name
    assert shop.fetch(f"/lease/{name}").value == {"lease": "held"}
    assert shop.fetch(f"/diary/{name}").value == "returned"


def test_lifespan_state(shop: Place) -> None:
    assert shop.fetch("/greeting").value == "hello from the lifespan"


def test_html_and_two_cookies(shop: Place) -> None:
    answer = shop.fetch("/")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "Grüße" in answer.body.decode()
    cookies = answer.headers.get_all("set-cookie")
    assert cookies == [
        "visited=yes; Path=/; SameSite=lax",
        "language=de; Path=/; SameSite=lax",
    ]


def test_an_escaped_path_keeps_its_raw_form(shop: Place) -> None:
    answer = shop.fetch("/files/a%2Fb/%E4%B8%96%20c?x=%2F")
    assert answer.value == {"path": "a/b/世 c", "raw_path": "/files/a%2Fb/%E4%B8%96%20c"}


def test_a_stream_arrives_as_it_is_made(shop: Place, request: pytest.FixtureRequest) -> None:
    name = request.node.name
    with shop.connection() as connection:
        connection.request("GET", f"/stream/{name}")
        response = connection.getresponse()
        assert response.readline() == b"first\n"
        shop.fetch(f"/diary/{name}/second", "POST", "second\n")
        assert response.read() == b"second\n"


def test_a_client_that_goes_ends_its_stream(shop: Place, request: pytest.FixtureRequest) -> None:
    name = request.node.name
    with shop.connection() as connection:
        connection.request("GET", f"/feed/{name}")
        response = connection.getresponse()
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert response.readline().startswith(b"data: ")
        response.close()
    assert shop.fetch(f"/diary/{name}").value == "the client went"


def chunks() -> Iterator[bytes]:
    for number in range(50):
        yield bytes([number]) * 40_000


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_upload(shop: Place, chunked: bool) -> None:
    body = b"".join(chunks())
    answer = shop.fetch("/upload", "PUT", chunks() if chunked else body)
    assert answer.status == 200
    assert answer.value == {"size": len(body), "sha256": hashlib.sha256(body).hexdigest()}


def test_download(shop: Place) -> None:
    answer = shop.fetch("/download/100")
    assert answer.body == b"".join(bytes([number]) * 65_536 for number in range(100))


def test_a_file_its_range_and_its_etag(shop: Place) -> None:
    source = Path(fastapi_app.__file__).read_bytes()
    whole = shop.fetch("/source")
    assert (whole.body, int(whole.headers["content-length"])) == (source, len(source))
    part = shop.fetch("/source", headers={"Range": "bytes=3-99"})
    assert (part.status, part.body) == (206, source[3:100])


def test_gzip(shop: Place) -> None:
    answer = shop.fetch("/large", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert json.loads(gzip.decompress(answer.body)) == list(range(10_000))


def test_cors(shop: Place) -> None:
    origin = {"Origin": "https://shop.example"}
    preflight = shop.fetch(
        "/upload", "OPTIONS", headers={**origin, "Access-Control-Request-Method": "PUT"}
    )
    assert (preflight.status, preflight.body) == (200, b"OK")
    assert preflight.headers["access-control-allow-methods"] == "GET, PUT"
    simple = shop.fetch("/greeting", headers=origin)
    assert simple.headers["access-control-allow-origin"] == "https://shop.example"
    stranger = shop.fetch("/greeting", headers={"Origin": "https://other.example"})
    assert stranger.headers["access-control-allow-origin"] is None


def test_204_has_no_body_and_the_connection_goes_on(shop: Place) -> None:
    with shop.connection() as connection:
        deleted = fetch(connection, "/items/7", "DELETE")
        assert (deleted.status, deleted.body) == (204, b"")
        assert deleted.headers["content-length"] is None
        assert fetch(connection, "/greeting").status == 200


def test_a_background_task_runs(shop: Place, request: pytest.FixtureRequest) -> None:
    name = request.node.name
    assert shop.fetch(f"/notify/{name}", "POST").status == 202
    assert shop.fetch(f"/diary/{name}").value == "sent in the background"


def test_a_mounted_application_knows_its_root(shop: Place) -> None:
    assert shop.fetch("/sub/where").value == {
        "root_path": "/sub",
        "path": "/sub/where",
        "url": f"{shop.http}/sub/where",
    }


def test_the_documentation_is_served(shop: Place) -> None:
    assert shop.fetch("/docs").status == 200
    assert "/items/{item_id}" in shop.fetch("/openapi.json").value["paths"]


# WebSocket.


def test_parameters_of_a_websocket(shop: Place) -> None:
    headers = {**TOKEN, "Cookie": "session=abc"}
    path = "/ws/items/7?q=gr%C3%BCn&tag=a&tag=b"
    with opened(shop, path, additional_headers=headers) as websocket:
        assert websocket.response is not None
        assert websocket.response.headers["x-served-by"] == "shop"
        assert websocket.response.headers["set-cookie"] == "visit=2"
        seen = {"item_id": 7, "q": "grün", "tag": ["a", "b"], "who": "abc", "x_token": "tok"}
        greeting = {"greeting": "hello from the lifespan"}
        assert json.loads(websocket.recv(TIMEOUT)) == seen | greeting


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("/ws/items/7?q=x&tag=a", 403, id="dependency-raises"),
        pytest.param("/ws/items/seven?q=x&tag=a", 403, id="invalid-parameter"),
    ],
)
def test_refused_before_the_route_runs(shop: Place, path: str, status: int) -> None:
    assert refusal(shop, path).response.status_code == status


def test_a_denial_response_arrives_whole(shop: Place) -> None:
    response = refusal(shop, "/ws/deny").response
    assert (response.status_code, response.headers["x-kind"]) == (418, "teapot")
    assert json.loads(response.body or b"") == {"detail": "no coffee here"}


@pytest.mark.parametrize("mode", ["text", "binary"])
def test_json(shop: Place, mode: str) -> None:
    with opened(shop, f"/ws/json?mode={mode}") as websocket:
        for value in ({"a": [1, None, "ü"]}, 3.5, "text"):
            websocket.send(json.dumps(value), text=mode == "text")
            received = websocket.recv(TIMEOUT)
            assert isinstance(received, str if mode == "text" else bytes)
            assert json.loads(received) == {"you said": value}


@pytest.mark.parametrize(
    ("path", "code", "reason"),
    [
        pytest.param("/ws/policy", 1008, "against the rules", id="websocket-exception"),
        pytest.param("/ws/closing-time", 4000, "we close at six", id="exception-handler"),
        pytest.param("/ws/broken?accept=true", 1011, "internal error", id="unhandled"),
    ],
)
def test_exceptions_close(shop: Place, path: str, code: int, reason: str) -> None:
    with opened(shop, path) as websocket, pytest.raises(ConnectionClosed):
        websocket.recv(TIMEOUT)
    assert (websocket.close_code, websocket.close_reason) == (code, reason)


def test_the_route_learns_that_the_client_was_lost(
    shop: Place, request: pytest.FixtureRequest
) -> None:
    name = request.node.name
    sock = shop.connect()
    with opened(shop, f"/ws/record/{name}", sock=sock) as websocket:
        websocket.send("hi")
        assert websocket.recv(TIMEOUT) == "noted: hi"
        sock.shutdown(2)
        assert shop.fetch(f"/diary/{name}").value == {"code": 1006, "reason": ""}


def test_a_websocket_of_a_mounted_application(shop: Place) -> None:
    with opened(shop, "/sub/ws/who") as websocket:
        seen = json.loads(websocket.recv(TIMEOUT))
    assert (seen["root_path"], seen["url"]) == ("/sub", f"{shop.ws}/sub/ws/who")


def test_a_room_with_two(shop: Place, request: pytest.FixtureRequest) -> None:
    path = f"/ws/rooms/{request.node.name}?who="
    with opened(shop, path + "ann") as ann:
        assert ann.recv(TIMEOUT) == "ann came"
        with opened(shop, path + "bob") as bob:
            assert bob.recv(TIMEOUT) == ann.recv(TIMEOUT) == "bob came"
            bob.send("hello")
            assert bob.recv(TIMEOUT) == ann.recv(TIMEOUT) == "bob: hello"
        assert ann.recv(TIMEOUT) == "bob left with 1000"
