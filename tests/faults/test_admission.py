"""More than there is to be room for: refused before the application runs, and those within live."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.client import CLOSE, Client, Response, make_upgrade
from tests.e2e.command import wsgate
from tests.e2e.places import PATHS
from tests.faults.impatient import Impatient

CAP = 20

SETTINGS = f"""
limit_concurrency = {CAP}
forwarded_allow_ips = "127.0.0.1"

[[route]]
path = "/client"
limit_connections_per_client = 2

[[route]]
path = "/room/*"
limit_connections_per_path = 2

[[route]]
path = "/late"
limit_handshakes = 1

[[route]]
path = "/seldom"
limit_handshake_rate = 0.1
"""


class Crowd:
    """Those that were let in; at the end they close, and nobody comes before they are gone."""

    def __init__(self, server: Impatient) -> None:
        self._server = server
        self._clients: list[Client] = []

    def enter(self, path: str, client: str = "192.0.2.1") -> None:
        """Open a websocket. client: who a proxy says it is."""
        self._clients.append(self._server.connect())
        self._clients[-1].open_websocket(path, [("X-Forwarded-For", client)])

    def leave(self, count: int) -> None:
        """Have so many close."""
        log = self._server.process
        before = log.log.count('" closed ')
        for _ in range(count):
            with self._clients.pop(0) as client:
                client.send_close(1000)
                assert client.read_frame().opcode == CLOSE
                assert client.read_all() == b""
        log.wait_for_times(before + count, '" closed ')

    def leave_all(self) -> None:
        self.leave(len(self._clients))


@pytest.fixture(scope="module", params=PATHS)
def guarded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Impatient]:
    settings = tmp_path_factory.mktemp("settings") / "wsgate.toml"
    settings.write_text(SETTINGS)
    options = ("--config", str(settings), *PATHS[request.param])
    with wsgate("patience:app", *options) as command:
        yield Impatient(command)


@pytest.fixture
def crowd(guarded: Impatient) -> Iterator[Crowd]:
    with ExitStack() as stack:
        crowd = Crowd(guarded)
        stack.callback(crowd.leave_all)
        yield crowd


def turned_away(server: Impatient, path: str, client: str = "192.0.2.1") -> Response:
    """Ask for a websocket that is refused; the connection ends."""
    with server.connect() as asking:
        response = asking.refused_websocket(path, [("X-Forwarded-For", client)])
        assert asking.read_all() == b""
    seconds = response.field("retry-after")
    assert seconds is not None
    assert 1 <= int(seconds) <= 10
    return response


def test_R17_the_cap(guarded: Impatient, crowd: Crowd) -> None:
    for _ in range(CAP):
        crowd.enter("/accepting")
    for _ in range(3 * CAP):
        assert turned_away(guarded, "/accepting").status == 503
    with guarded.connect() as client:
        response = client.request("GET", "/go")
        assert (response.status, response.body) == (
            503,
            b"the server has too much to do, try again\n",
        )
        assert client.read_all() == b""
    guarded.wait_for("192.0.2.1:0 - refused 503: the server has too much to do, try again")
    crowd.leave(1)
    crowd.enter("/accepting")
    assert turned_away(guarded, "/accepting").status == 503


def test_a_client_has_so_many(guarded: Impatient, crowd: Crowd) -> None:
    crowd.enter("/client", "2001:db8::1")
    crowd.enter("/client", "2001:db8::2")
    response = turned_away(guarded, "/client", "2001:db8::3")
    assert (response.status, response.body) == (
        429,
        b"too many connections from your address, close some\n",
    )
    crowd.enter("/client", "2001:db8:0:1::1")
    crowd.enter("/client", "198.51.100.1")
    crowd.leave(1)
    crowd.enter("/client", "2001:db8::3")
    assert turned_away(guarded, "/client", "2001:db8::4").status == 429


def test_a_path_has_so_many(guarded: Impatient, crowd: Crowd) -> None:
    for _ in range(2):
        crowd.enter("/room/1")
    response = turned_away(guarded, "/room/1")
    assert (response.status, response.body) == (
        503,
        b"too many websockets have this path, try again\n",
    )
    crowd.enter("/room/2")


def test_so_many_wait_for_the_application(guarded: Impatient) -> None:
    waiting = guarded.process.log.count("/late: waits")
    with guarded.connect() as client:
        client.send(make_upgrade("/late"))
        guarded.process.wait_for_times(waiting + 1, "/late: waits")
        assert turned_away(guarded, "/late").status == 503
        guarded.go()
        assert client.read_head().status == 101
        with guarded.connect() as other:
            other.send(make_upgrade("/late"))
            guarded.process.wait_for_times(waiting + 2, "/late: waits")
            guarded.go()
            assert other.read_head().status == 101


def test_so_many_come_in_a_second(guarded: Impatient, crowd: Crowd) -> None:
    crowd.enter("/seldom")
    response = turned_away(guarded, "/seldom")
    assert (response.status, response.body) == (
        503,
        b"too many websockets come in a second, try again\n",
    )
