"""The HTTP suite sees what it has to see: it was never shown a server of ours that fails."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from conformance.http.answers import GARBAGE, HTTP_2, statuses
from conformance.http.exchange import HOST, exchange
from conformance.http.page import read, render
from conformance.http.proxy import NaiveProxy
from conformance.http.servers import BY_NAME
from conformance.http.vector import NEXT_CALL, Call, End, Vector
from conformance.http.vectors import VECTORS
from conformance.http.verdict import PASS, Outcome, deviates, judge

pytestmark = pytest.mark.once

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0\r\n\r\n"
SERVED = (Call("GET", "/"), NEXT_CALL)


def vector(id_: str) -> Vector:
    (found,) = (each for each in VECTORS if each.id == id_)
    return found


def test_each_id_occurs_once() -> None:
    assert [each for each, count in Counter(each.id for each in VECTORS).items() if count > 1] == []


@pytest.mark.parametrize(
    ("stream", "methods", "found"),
    [
        pytest.param(b"", [], (), id="nothing"),
        pytest.param(OK + OK, [], (200, 200), id="length"),
        pytest.param(CHUNKS.replace(b";a=b", b"") + OK, [], (200, 200), id="chunks"),
        pytest.param(b"HTTP/1.1 404 Not Found\r\n\r\nHTTP/1.1", [], (404,), id="to-the-end"),
        pytest.param(b"HTTP/1.1 204 \r\n\r\n" + OK, [], (204, 200), id="no-body"),
        pytest.param(OK[:-2] + OK, ["HEAD"], (200, 200), id="head"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" + OK, [], (200,), id="interim"),
        pytest.param(b"HTTP/1.1 101 \r\n\r\n\x81\x00", [], (101,), id="switched"),
        pytest.param(b"\0\0\0\4\0\0\0\0\0", [], (HTTP_2,), id="http-2"),
        pytest.param(OK[:-1], [], (200, GARBAGE), id="cut-length"),
        pytest.param(OK[:20], [], (GARBAGE,), id="cut-head"),
        pytest.param(CHUNKS, [], (200, GARBAGE), id="bad-chunk"),
        pytest.param(OK + b"hello\r\n\r\n", [], (200, GARBAGE), id="no-response"),
    ],
)
def test_answers_in_a_stream(stream: bytes, methods: list[str], found: tuple[int, ...]) -> None:
    assert statuses(stream, methods) == found


@pytest.mark.parametrize(
    ("id_", "outcome", "verdict"),
    [
        pytest.param("H24", Outcome((400,), End.CLOSED, ()), PASS, id="as-ours"),
        pytest.param("H24", Outcome((501,), End.CLOSED, ()), "(501)", id="allowed"),
        pytest.param("H29-2-to-64", Outcome((), End.OPEN, ()), "(waits)", id="allowed-to-wait"),
        pytest.param("H07", Outcome((), End.CLOSED, ()), "(closed)", id="allowed-to-close"),
        pytest.param("H29-plus", Outcome((200, 200), End.CLOSED, SERVED), "200", id="status"),
        pytest.param("H29-plus", Outcome((400, 200), End.CLOSED, ()), "2 answers", id="two"),
        pytest.param("H29-plus", Outcome((400,), End.OPEN, ()), "stays open", id="open"),
        pytest.param("H29-plus", Outcome((400,), End.RESET, ()), "RST", id="reset"),
        pytest.param("H29-plus", Outcome((), End.RESET, ()), "RST", id="reset-at-once"),
        pytest.param("H29-plus", Outcome((), End.OPEN, ()), "no answer", id="stalls"),
        pytest.param("H29-plus", Outcome((), End.CLOSED, ()), "closed", id="closed"),
        pytest.param("H29-plus", Outcome((GARBAGE,), End.CLOSED, ()), "garbage", id="garbage"),
        pytest.param("H29-plus", Outcome((400,), End.CLOSED, SERVED), "called", id="called"),
        pytest.param(
            "H24",
            Outcome((200, 200), End.CLOSED, (Call("POST", "/"), Call("GET", "/smuggled"))),
            "smuggled",
            id="smuggled",
        ),
        pytest.param("H13-one", Outcome((200,), End.OPEN, SERVED), "1 answer", id="one"),
        pytest.param(
            "H13-one", Outcome((200, 200), End.CLOSED, SERVED[:1]), "not called", id="not-called"
        ),
        pytest.param(
            "H04-http",
            Outcome((200, 200), End.CLOSED, (Call("GET", "/x"), NEXT_CALL)),
            "other host",
            id="host",
        ),
        pytest.param(
            "H21-0x85",
            Outcome(
                (200, 200),
                End.CLOSED,
                (Call("GET", "/", names=frozenset({"host", "x", "y"})), NEXT_CALL),
            ),
            "merged",
            id="merged",
        ),
        pytest.param("U29-second", Outcome((200,), End.OPEN, ()), "stays open", id="silence"),
    ],
)
def test_verdicts(id_: str, outcome: Outcome, verdict: str) -> None:
    assert judge(vector(id_), outcome) == verdict
    assert deviates(verdict) == (verdict[0] not in "p(")


def test_the_page_is_read_as_it_was_written(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    assert read(page) == {}
    columns = {name: {each.id: "(200)" for each in VECTORS} for name in BY_NAME}
    columns["daphne"]["H24"] = "2 answers"
    page.write_text(render(columns))
    assert read(page) == columns
    assert "**2 answers**" in page.read_text()


async def careless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Refuse each request, and read on."""
    while not reader.at_eof():
        try:
            await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            break
        writer.write(OK.replace(b"200", b"426"))
    writer.close()


async def send_through_a_proxy(id_: str) -> tuple[bytes, End]:
    server = await asyncio.start_server(careless, HOST, 0)
    async with server, NaiveProxy(server.sockets[0].getsockname()[1]).listening() as proxy:
        received, end, _ = await exchange(proxy.port, vector(id_), 0.1)
    return received, end


def test_the_naive_proxy_leaves_the_tunnel_of_a_careless_server() -> None:
    received, end = asyncio.run(send_through_a_proxy("U01-proxy-12"))
    assert statuses(received, []) == (426, 426)
    assert end is End.OPEN


def test_the_naive_proxy_serves_nothing_else() -> None:
    received, end = asyncio.run(send_through_a_proxy("H01"))
    assert statuses(received, []) == (403,)
    assert end is End.CLOSED
