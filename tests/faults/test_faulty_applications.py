"""Bugs of the application: its peer is told in the right words, the log once, and others live."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.client import Client
from tests.e2e.apps.faulty import WRONG
from tests.e2e.command import DEFAULTS, Command, Served
from tests.e2e.places import PATHS
from tests.e2e.process import running


@pytest.fixture(scope="module", params=PATHS)
def faulty(request: pytest.FixtureRequest) -> Iterator[Served]:
    application = ("-m", "wsgate", "tests.e2e.apps.faulty:app")
    options = (*DEFAULTS, "--ws-close-timeout", "0.3", *PATHS[request.param])
    with running([sys.executable, *application, *options]) as process:
        where = process.wait_for(r"wsgate running on http://(\S+)")
        yield Served(Command(process, where[1]))


@pytest.fixture(autouse=True)
def others_live(faulty: Served) -> Iterator[None]:
    yield
    with faulty.connect() as client:
        assert client.request().body == b"lives"


def failed(client: Client) -> int | None:
    """The code of the Close, behind which the stream ends without an answer of ours."""
    code, _ = client.read_close()
    assert client.read_all() == b""
    return code


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("/raise-before", 500, id="R21"),
        pytest.param("/return-before", 500, id="R23"),
        pytest.param("/close-before", 403, id="R24"),
        pytest.param("/deny", 401, id="R24-denial"),
    ],
)
def test_an_end_before_accept(faulty: Served, path: str, status: int) -> None:
    tracebacks = faulty.process.log.count("Traceback")
    with faulty.connect() as client:
        response = client.refused_websocket(path)
        assert client.read_all() == b""
    assert response.status == status
    if path == "/deny":
        assert (response.field("x-why"), response.body) == ("members only", b"go away")
    line = f'"GET {path} HTTP/1.1" {status}'
    faulty.process.wait_for(line)
    raised = path == "/raise-before"
    assert faulty.process.log.count("Traceback") - tracebacks == raised


@pytest.mark.parametrize(
    ("path", "code"),
    [pytest.param("/raise-after", 1011, id="R22"), pytest.param("/return-after", 1000, id="R23")],
)
def test_an_end_after_accept(faulty: Served, path: str, code: int) -> None:
    """The peer does not answer the Close: TCP ends all the same, within the close timeout."""
    tracebacks = faulty.process.log.count("Traceback")
    with faulty.connect() as client:
        client.open_websocket(path)
        assert failed(client) == code
    faulty.process.wait_for(f'"WebSocket {path}" closed {code} ')
    assert faulty.process.log.count("Traceback") - tracebacks == (code == 1011)


@pytest.mark.parametrize("index", [pytest.param(n, id=f"R37-{n}") for n in range(len(WRONG))])
def test_R37_a_message_that_is_none(faulty: Served, index: int) -> None:
    """It raises in the application, which does not catch it."""
    with faulty.connect() as client:
        client.open_websocket(f"/wrong/{index}")
        assert client.read_close()[0] == 1011
        client.send_close(1011)
        assert client.read_all() == b""
    faulty.process.wait_for(f'"WebSocket /wrong/{index}" closed 1011 ')


def test_R21_a_request(faulty: Served) -> None:
    with faulty.connect() as client:
        assert client.request("GET", "/raise").status == 500
