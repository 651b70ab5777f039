"""Holes in how websockets were carried."""

from __future__ import annotations

import struct

import pytest

from tests.client import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Client, Frame, make_frame
from tests.e2e.command import wsgate
from tests.e2e.places import PATHS
from tests.faults.waiting import wait_until
from tests.security.target import MAX_FRAGMENTS, MAX_SIZE, Target
from tests.websocket.compressing import EMPTY_BLOCK, binary, deflate

COMPRESSION = [("Sec-WebSocket-Extensions", "permessage-deflate")]
BOMB = deflate(bytes(2 * MAX_SIZE))
MASK = b"\x37\xfa\x21\x3d"


def header(length: int, opcode: int = BINARY, fin: bool = True) -> bytes:
    """The header of a frame, whose payload never comes."""
    return struct.pack("!BBQ", 0x80 * fin | opcode, 0xFF, length) + MASK


def fragments(count: int, payload: bytes = b"") -> bytes:
    """A message in so many fragments and a first one, without an end."""
    rest = make_frame(CONTINUATION, payload, fin=False) * count
    return make_frame(BINARY, payload, fin=False) + rest


FAILED = [
    ("CVE-2026-44545", header(MAX_SIZE + 1) + bytes(30_000), 1009),
    ("CVE-2018-1000518", binary(deflate(bytes(16 << 20))), 1009),
    ("websockets-1715", binary(deflate(bytes(MAX_SIZE + 1))), 1009),
    ("netty-15005", binary(*(BOMB[at : at + 16] for at in range(0, len(BOMB), 16))), 1009),
    ("CVE-2026-1526", binary(deflate(bytes(MAX_SIZE + 2))), 1009),
    ("CVE-2026-1526-overflow", header((1 << 63) - 1), 1009),
    ("CVE-2026-54274", header(MAX_SIZE + 1) + b"a", 1009),
    ("aiohttp-13362", binary(EMPTY_BLOCK * 12_000), 1009),
    ("CVE-2026-48779", fragments(MAX_FRAGMENTS + 1), 1008),
    ("CVE-2026-42786", fragments(MAX_FRAGMENTS + 1, b"a"), 1008),
    ("CVE-2020-27813", make_frame(BINARY, b"a", fin=False) + header((1 << 63) - 1, 0), 1009),
    ("CVE-2022-35922", header(1 << 62), 1009),
    ("CVE-2020-13935", header(1 << 63), 1002),
    ("CVE-2020-13935-all", header((1 << 64) - 1), 1002),
]


def fail(client: Client, data: bytes) -> int | None:
    """Send what breaks a rule; give the code of the Close, behind which the stream ends."""
    client.send(data)
    code, _ = client.read_close()
    client.send_close(code)
    client.finish()
    assert client.read_all() == b""
    return code


@pytest.mark.parametrize(
    ("data", "code"), [pytest.param(data, code, id=name) for name, data, code in FAILED]
)
def test_failed(target: Target, data: bytes, code: int) -> None:
    """A Close with the code of the rule, as soon as it is broken, and no reset."""
    with target.connect() as client:
        client.open_websocket(headers=COMPRESSION)
        assert fail(client, data) == code


def test_websockets_1715_the_limit_itself_is_delivered(target: Target) -> None:
    with target.connect() as client:
        client.open_websocket("/size", headers=COMPRESSION)
        client.send(binary(deflate(bytes(MAX_SIZE))))
        assert client.read_text() == str(MAX_SIZE)


def test_memory_is_that_of_the_bytes(target: Target) -> None:
    """CVE-2026-48779, CVE-2026-54274, CVE-2022-35922: of a thousand peers, each begins much."""
    clients = [target.connect() for _ in range(200)]
    target.process.peak()
    before = target.process.peak()
    for number, client in enumerate(clients):
        client.open_websocket()
        client.send(header(MAX_SIZE) if number % 2 else fragments(500, b"a"))
        if not number % 2:
            client.send_frame(PING)
    for client in clients[::2]:
        assert client.read_frame() == Frame(PONG, b"")
    assert target.process.peak() - before < 200 * 32_768
    for client in clients:
        client.sock.close()


def test_CVE_2020_13935_nothing_turns_in_circles(target: Target) -> None:
    """The process is idle while a frame is due that never comes."""
    with target.connect() as client:
        client.open_websocket()
        client.send(header(MAX_SIZE))
        target.get("/")
        before = cpu(target)
        for _ in range(20):
            target.get("/")
        assert cpu(target) - before < 100


def cpu(target: Target) -> int:
    """Ticks of a processor that the process took."""
    with open(f"/proc/{target.process.pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


@pytest.mark.parametrize("path", ["/reason/bytes", "/reason/number"])
def test_CVE_2026_45736_a_reason_is_text(target: Target, path: str) -> None:
    with target.connect() as client:
        client.open_websocket(path)
        assert client.read_close() == (4000, "it was refused")


def test_PRISMA_2021_0118_several_pongs(target: Target) -> None:
    with target.connect() as client:
        client.open_websocket()
        for payload in (b"", b"never asked", b"a" * 125):
            client.send_frame(PONG, payload)
        client.send_text("lives")
        assert client.read_frame() == Frame(TEXT, b"lives")


def test_CVE_2026_49854_masks_of_all_lengths(target: Target) -> None:
    with target.connect() as client:
        client.open_websocket()
        payload = bytes(range(256)) * 2
        for length in range(258):
            client.send_frame(BINARY, payload[:length])
        for length in range(258):
            assert client.read_frame() == Frame(BINARY, payload[:length])


def test_CVE_2020_35896_who_does_not_read_is_not_sent_to(target: Target) -> None:
    """uvicorn#3048, #3050."""
    with target.connect(receive_buffer=4096) as client:
        client.open_websocket("/pour")
        for _ in range(50):
            poured = target.get("/poured")
        assert 0 < poured < 16 << 20
        for _ in range(50):
            assert target.get("/poured") == poured


def test_uvicorn_3047_what_was_sent_is_read_before_the_end(target: Target) -> None:
    """A Close arrives although more is on its way to the server: no RST destroys it (#3049)."""
    with target.connect() as client:
        client.open_websocket()
        client.send(header(MAX_SIZE + 1) + bytes(60_000))
        assert client.read_close()[0] == 1009
        client.finish()
        assert client.read_all() == b""


def test_codex_lb_2041_nothing_is_left_of_connections_that_were_reset(target: Target) -> None:
    """Also CVE-2024-23672: no descriptor, and no task of the application."""
    tasks, descriptors = target.get("/")["tasks"], target.descriptors()
    for number in range(100):
        client = target.connect()
        if number % 2:
            client.open_websocket()
            client.send_frame(BINARY, b"begun", fin=False)
        else:
            client.request()
        client.reset()
    wait_until(lambda: target.get("/")["tasks"] <= tasks)
    wait_until(lambda: target.descriptors() <= descriptors)


@pytest.mark.parametrize("path", PATHS)
def test_uvicorn_1192_who_says_nothing_is_let_go(path: str) -> None:
    options = ("--timeout-handshake", "0.2", *PATHS[path])
    with wsgate("witness:app", *options) as command, Target(command).connect() as client:
        assert client.read_all() == b""


def test_CVE_2025_47287_errors_do_not_flood_the_log(target: Target) -> None:
    for _ in range(200):
        target.exchange(b"BAD\r\n\r\n")
    assert 0 < target.process.log.count(" - refused 400: ") < 100
    assert target.get("/")["path"] == "/"


def test_closes(target: Target) -> None:
    """Whatever else happened here, a closing handshake is one."""
    with target.connect() as client:
        client.open_websocket()
        client.send_close(1000)
        assert client.read_frame().opcode == CLOSE
        assert client.read_all() == b""
