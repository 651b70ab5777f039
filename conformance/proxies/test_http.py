"""Requests and responses through a proxy."""

from __future__ import annotations

import hashlib
import json

import pytest

from conformance.proxies.front import Front
from tests.client import Client


def test_get(front: Front) -> None:
    answer = front.plain.fetch("/greeting")
    assert (answer.status, answer.value) == (200, "hello from the lifespan")


def test_requests_over_one_connection(front: Front) -> None:
    with front.plain.connection() as connection:
        sock = None
        for target, status in (("/greeting", 200), ("/nowhere", 404), ("/sold-out/x", 409)):
            connection.request("GET", target)
            response = connection.getresponse()
            assert (response.status, bool(response.read())) == (status, True)
            assert connection.sock is (sock := sock or connection.sock)


def test_post_with_a_body(front: Front) -> None:
    item = {"name": "teapot", "price": 12.5, "tags": ["new"]}
    headers = {"Content-Type": "application/json"}
    answer = front.plain.fetch("/items", "POST", json.dumps(item), headers)
    assert (answer.status, answer.value) == (201, item)
    assert answer.headers["location"] == "/items/teapot"


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_a_large_upload(front: Front, chunked: bool) -> None:
    body = bytes(range(256)) * 12_000
    answer = front.plain.fetch("/upload", "PUT", iter([body]) if chunked else body)
    assert answer.value == {"size": len(body), "sha256": hashlib.sha256(body).hexdigest()}


def test_a_response_leaves_piece_by_piece(front: Front, page: str) -> None:
    """The second piece is written once the first has arrived."""
    with Client(front.plain.connect()) as client:
        client.send(f"GET /stream/{page} HTTP/1.1\r\nHost: test\r\n\r\n".encode())
        assert client.read_head().field("transfer-encoding") == "chunked"
        assert client.read_chunk() == b"first\n"
        assert front.plain.fetch(f"/diary/{page}/second", "POST", "second\n").status == 204
        assert client.read_chunk() == b"second\n"
        assert client.read_chunk() == b""


def test_host_is_the_one_that_the_client_named(front: Front) -> None:
    with Client(front.plain.connect()) as client:
        client.send(b"GET /who HTTP/1.1\r\nHost: shop.example:81\r\n\r\n")
        assert json.loads(client.read_response().body)["url"] == "http://shop.example:81/who"


def test_the_path_as_the_client_wrote_it(front: Front) -> None:
    answer = front.plain.fetch("/files/a%2Fb%20%C3%A9")
    assert answer.value == {"path": "a/b é", "raw_path": "/files/a%2Fb%20%C3%A9"}
