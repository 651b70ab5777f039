"""FastAPI: dependencies of websockets, forms and tasks; tests/e2e has the rest of its features."""

from __future__ import annotations

import json
import socket

import pytest
from websockets.exceptions import InvalidStatus

from conformance.frameworks.endings import end_of
from conformance.frameworks.multipart import multipart
from tests.e2e.clients import opened
from tests.e2e.places import Place
from tests.e2e.process import TIMEOUT

APPLICATION = "fastapi_app:app"


def test_a_form_with_several_files(place: Place) -> None:
    text = "text/plain"
    headers, body = multipart(
        [("title", "Bücher"), ("tags", "a"), ("tags", "b")],
        [
            ("files", "one.txt", text, b"1"),
            ("files", "two.txt", text, bytes(2_000_000)),
            ("raw", "raw.bin", text, bytes(300)),
        ],
    )
    assert place.fetch("/upload", "POST", body, headers).value == {
        "title": "Bücher",
        "files": {"one.txt": 1, "two.txt": 2_000_000},
        "raw": 300,
        "tags": ["a", "b"],
    }


def test_background_tasks_run_in_order_behind_the_answer(place: Place, name: str) -> None:
    answer = place.fetch(f"/tasks/{name}", "POST")
    assert (answer.status, answer.headers["x-stamp"]) == (202, "here")
    place.fetch(f"/diary/{name}-go", "POST", "now")
    assert place.fetch(f"/diary/{name}-1").value == "now"
    assert place.fetch(f"/diary/{name}-3").value == 1


def test_an_endpoint_in_a_thread(place: Place) -> None:
    assert place.fetch("/thread").body == b"x" * 1_000_000


@pytest.mark.parametrize(
    ("said", "code"), [("bye", 1000), ("break", 1011)], ids=["client-leaves", "endpoint-raises"]
)
def test_what_a_websocket_depends_on_is_given_back(
    place: Place, name: str, said: str, code: int
) -> None:
    name = f"{name}-{said}"
    with opened(place, f"/ws/tables/{name}") as websocket:
        assert websocket.recv(TIMEOUT) == "table 4"
        assert place.fetch(f"/diary/{name}-taken").value is True
        websocket.send(said)
        if said == "break":
            end_of(websocket)
    assert websocket.close_code == code
    assert place.fetch(f"/diary/{name}-returned").value is True
    if said == "break":
        assert place.fetch(f"/diary/{name}-seen").value == "the exception"


def test_a_dependency_with_settings(place: Place) -> None:
    with opened(place, "/ws/pages?page=2") as websocket:
        assert json.loads(websocket.recv(TIMEOUT)) == [3, 4, 5]


def test_models_over_a_websocket(place: Place) -> None:
    with opened(place, "/ws/orders") as websocket:
        websocket.send('{"item": "Tee"}')
        assert json.loads(websocket.recv(TIMEOUT)) == {"item": "Tee", "count": 1}
        websocket.send('{"count": "many"}')
        assert end_of(websocket) == (1007, "2 mistakes")


def test_the_scopes_of_a_router(place: Place) -> None:
    fields = {"X-Roles": "staff boss"}
    with opened(place, "/staff/ws", additional_headers=fields) as websocket:
        assert json.loads(websocket.recv(TIMEOUT)) == ["staff", "boss"]
    with pytest.raises(InvalidStatus) as caught, opened(place, "/staff/ws"):
        pass
    assert caught.value.response.status_code == 403


def test_a_handler_explains_what_was_wrong(place: Place) -> None:
    with pytest.raises(InvalidStatus) as caught, opened(place, "/ws/pages?page=two"):
        pass
    response = caught.value.response
    assert response.status_code == 422
    assert json.loads(response.body or b"") == {"wrong": [["query", "page"]]}


def test_who_only_sends_learns_that_the_client_is_gone(place: Place, name: str) -> None:
    sock = place.connect()
    with opened(place, f"/ws/gone/{name}", sock=sock) as websocket:
        assert websocket.recv(TIMEOUT) == "x" * 1000
        sock.shutdown(socket.SHUT_RDWR)
        assert place.fetch(f"/diary/{name}").value == 1006
