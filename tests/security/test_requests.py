"""Holes in how requests were read."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

import wsgate
from tests.client import make_request, make_upgrade
from tests.security.target import GOOD, Target

HOST = b"Host: test\r\n"
GET = b"GET / HTTP/1.1\r\n" + HOST
CHUNKED = b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\n" + HOST + b"\r\n"
VERY_LONG = 70_000


def post(*lines: bytes) -> bytes:
    """A request with these lines, and one behind it that is in its body, or must not be seen."""
    head = b"POST / HTTP/1.1\r\n" + HOST + b"".join(line + b"\r\n" for line in lines)
    return head + b"\r\n" + SMUGGLED


def get(*lines: bytes) -> bytes:
    return GET + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + SMUGGLED


REFUSED = [
    ("httptools#142", b"GET /" + b"a" * VERY_LONG + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
    ("CVE-2024-27982", post(b" Content-Length: 5"), 400),
    ("CVE-2021-22959", post(b"Content-Length : 5"), 400),
    ("CVE-2022-32213", post(b"Transfer-Encoding: chunked-but-not"), 400),
    ("CVE-2022-32214", b"POST / HTTP/1.1\n" + HOST + b"Content-Length: 0\n\n" + SMUGGLED, 400),
    ("CVE-2022-32215", post(b"Transfer-Encoding: chunked", b" , identity"), 400),
    ("CVE-2023-30589", post(b"X: a\rTransfer-Encoding: chunked"), 400),
    ("CVE-2025-23167", GET + b"X: a\r\n\rX" + SMUGGLED, 400),
    ("CVE-2024-22019", CHUNKED + b"1;" + b"a" * 60_000, 400),
    ("CVE-2025-43859", CHUNKED + b"1\r\naXX0\r\n\r\n" + SMUGGLED, 400),
    ("CVE-2025-69224", post(b"Content-Length: \xd9\xa1"), 400),
    ("CVE-2026-34525", get(b"Host: other"), 400),
    ("CVE-2019-16785", b"GET / HTTP/1.1\n" + HOST + b"\r\n" + SMUGGLED, 400),
    ("CVE-2019-16786", post(b"Transfer-Encoding: gzip, chunked"), 501),
    ("CVE-2019-16789", post(b"Transfer-Encoding: \x0bchunked"), 400),
    ("CVE-2026-48710", b"GET / HTTP/1.1\r\nHost: a/b?c\r\n\r\n" + SMUGGLED, 400),
    ("CVE-2026-54282", b"GET @evil HTTP/1.1\r\n" + HOST + b"\r\n" + SMUGGLED, 400),
    ("CVE-2025-67725", get(*[b"X: a"] * 10_000), 431),
    ("CVE-2024-37890", make_upgrade(headers=[("X", "a")] * 2_000) + SMUGGLED, 431),
    ("CVE-2026-58055", make_upgrade(headers=[("Content-Length", "4")]) + b"body" + SMUGGLED, 400),
    ("CVE-2026-42544", make_upgrade(headers=[("Sec-WebSocket-Protocol", "caf\xe9")]), 400),
    ("smuggling-by-version", make_upgrade().replace(b": 13", b": 777") + SMUGGLED, 426),
]


@pytest.mark.parametrize(
    ("data", "status"), [pytest.param(data, status, id=name) for name, data, status in REFUSED]
)
def test_refused(target: Target, data: bytes, status: int) -> None:
    """One answer, the end of the connection, and nothing behind it is taken for a request."""
    assert target.statuses(data) == [status]
    assert "/smuggled" not in target.get("/seen")


@pytest.mark.parametrize(
    "between", [b"\x0b", b"\x0c", b"\x1c", b"\x1d", b"\x1e", b"\x85"], ids=lambda each: each.hex()
)
def test_CVE_2026_44546_a_line_ends_with_CRLF_alone(target: Target, between: bytes) -> None:
    answer = target.exchange(GET + b"X: a" + between + b"Y: b\r\nConnection: close\r\n\r\n")
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 200 "))
    assert b'["y", "b"]' not in answer


@pytest.mark.parametrize(
    ("line", "status"),
    [
        pytest.param(b"X: " + b"a" * VERY_LONG, 431, id="CVE-2026-54277"),
        pytest.param(b"\r\n".join([b"X: a"] * 200), 431, id="CVE-2023-43669"),
    ],
)
def test_dribbled(target: Target, line: bytes, status: int) -> None:
    """A limit holds, and each byte is looked at once, although they come one by one."""
    with target.connect() as client:
        client.send(GET)
        for at in range(0, len(line), 97):
            try:
                client.send(line[at : at + 97])
            except ConnectionError:
                break
        assert client.read_head().status == status


def test_CVE_2026_54273_further_requests_wait_in_the_socket(target: Target) -> None:
    """Who sends requests and reads no answer is read no further."""
    pipelined = make_request(target="/pipelined") * 2_000
    with target.connect(receive_buffer=4096) as client:
        client.sock.setblocking(False)
        sent, attempts = 0, 0
        while attempts < 20:
            try:
                sent += client.sock.send(pipelined)
                attempts = 0
            except BlockingIOError:
                attempts += 1
                target.get("/")
        assert target.get("/seen").count("/pipelined") * len(pipelined) // 2_000 < sent


def test_CVE_2020_35681_nobody_sees_the_cookies_of_others(target: Target) -> None:
    clients = [target.connect() for _ in range(200)]
    for number, client in enumerate(clients):
        client.open_websocket("/view", [("Cookie", f"session={number}")])
    for number, client in enumerate(clients):
        with client:
            assert ["cookie", f"session={number}"] in json.loads(client.read_text())["headers"]


def test_CVE_2026_39807_the_scheme_is_that_of_the_transport(target: Target) -> None:
    answer = target.exchange(
        b"GET https://test/ HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
    )
    assert b'"scheme": "http"' in answer


def test_h2c_smuggling(target: Target) -> None:
    headers = [("Upgrade", "h2c"), ("Connection", "Upgrade, close"), ("HTTP2-Settings", "AAMA")]
    assert target.statuses(make_request(headers=headers)) == [200]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("/split", 500, id="CVE-2020-7695-value"),
        pytest.param("/split-name", 500, id="CVE-2020-7695-name"),
        pytest.param("/deny/split", 403, id="CVE-2020-7695-denial"),
        pytest.param("/accept/split", 403, id="CVE-2020-7695-accept"),
        pytest.param("/accept/subprotocol", 403, id="CVE-2020-7695-subprotocol"),
        pytest.param("/switching", 500, id="smuggling-by-101"),
    ],
)
def test_what_an_application_must_not_send(target: Target, path: str, status: int) -> None:
    """It raises there, so that the application may answer something else."""
    upgrade = path.startswith(("/deny", "/accept"))
    with target.connect() as client:
        client.send(make_upgrade(path) if upgrade else make_request(target=path))
        head = client.read_head()
    assert head.status == status
    assert "njected" not in str(head.headers)


@pytest.mark.parametrize(
    "origin",
    [f"{GOOD}.evil.example", "http://good.example", "https://good.example:444", "null", GOOD + "/"],
)
def test_CSWSH(target: Target, origin: str) -> None:
    """Pages of other sites: GHSA-f53g-frr2-jhpf, GHSA-vg6x-rcgg-rjx6, autobahn#691."""
    with target.connect() as client:
        assert client.refused_websocket(headers=[("Origin", origin)]).status == 403
    with target.connect() as client:
        client.open_websocket(headers=[("Origin", GOOD)])


@pytest.mark.parametrize(
    "offer",
    [
        pytest.param("constructor", id="GHSA-5v72-xg48-5rpm"),
        pytest.param("__class__; __proto__=1", id="GHSA-5v72-xg48-5rpm-python"),
        pytest.param("permessage-deflate; client_max_window_bits=99", id="CVE-2026-1526-bits"),
    ],
)
def test_an_offer_that_is_declined(target: Target, offer: str) -> None:
    with target.connect() as client:
        response = client.open_websocket(headers=[("Sec-WebSocket-Extensions", offer)])
        assert response.field("sec-websocket-extensions") is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("Sec-WebSocket-Extensions", 'a;x="\\c\\c' * 1_600, id="CVE-2021-32640"),
        pytest.param("Sec-WebSocket-Protocol", "a" + " " * 16_000 + "b", id="CVE-2020-7662"),
    ],
)
def test_long_fields_take_linear_time(target: Target, name: str, value: str) -> None:
    """Who goes back and forth in them takes minutes: then the test ends in its time-out."""
    with target.connect() as client:
        client.send(make_upgrade(headers=[(name, value)]))
        assert client.read_head().status in (101, 400)


def lines_of(target: Target, marker: str) -> list[str]:
    target.process.wait_for(marker)
    return [line for line in target.process.log.splitlines() if marker in line]


def test_CVE_2020_7694_the_log_is_lines(target: Target) -> None:
    target.exchange(b"GET /%1b[31m%0aFORGED HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
    raw = b"GET /raw\xff\x9b31m HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
    target.exchange(raw)
    for line in lines_of(target, "FORGED"):
        assert re.fullmatch(r"[\x20-\x7e]+", line)
        assert " - " in line
    assert not re.search(r"[^\x20-\x7e\n]", target.process.log)


def test_secrets_are_not_logged(target: Target) -> None:
    """A token in the query, a cookie, a subprotocol that carries a token."""
    hidden: list[Any] = [("Cookie", "hidden-cookie"), ("Sec-WebSocket-Protocol", "hidden-protocol")]
    with target.connect() as client:
        client.open_websocket("/secret?token=hidden-token", hidden)
    target.process.wait_for(r'"WebSocket /secret\?token=\[redacted\]" closed ')
    assert "hidden" not in target.process.log


def test_CVE_2021_33880_secrets_are_compared_in_constant_time() -> None:
    """Nothing of the package compares what may be a secret with `==`."""
    words = re.compile(r"token|secret|password|signature|digest", re.IGNORECASE)
    found = [
        f"{path.name}:{node.lineno}"
        for path in Path(wsgate.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Compare)
        and any(isinstance(each, ast.Eq | ast.NotEq) for each in node.ops)
        and words.search(ast.unparse(node))
    ]
    assert found == []
