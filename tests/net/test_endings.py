"""What the log tells of a websocket that ended: who did it, and why."""

from __future__ import annotations

import logging
import queue
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from websockets.sync.client import connect

from tests.client import BINARY, PING, PONG, TEXT, Client, make_frame
from tests.conftest import Serve
from tests.serving import TIMEOUT, Serving

CONTINUATION, RESERVED = 0, 3
Endings = Callable[[], dict[str, Any]]


@pytest.fixture
def next_ending() -> Iterator[Endings]:
    """Gives the fields of the next line that tells of an end."""
    told: queue.SimpleQueue[Any] = queue.SimpleQueue()
    handler = logging.Handler()
    handler.emit = lambda record: told.put(record.args)  # type: ignore[method-assign]
    logger = logging.getLogger("wsgate.access")
    level = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)

    def take() -> dict[str, Any]:
        while (fields := told.get(timeout=TIMEOUT))["event"] != "websocket_close":
            pass
        return dict(fields)

    yield take
    logger.removeHandler(handler)
    logger.setLevel(level)


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    if scope["path"] == "/close":
        await send({"type": "websocket.close", "code": 4000})
    elif scope["path"] == "/raise":
        raise ZeroDivisionError("on purpose")
    elif scope["path"] != "/return":
        while (message := await receive())["type"] == "websocket.receive":
            await send({**message, "type": "websocket.send"})


def close(client: Client, server: Serving) -> None:
    client.send_close(4001)
    client.read_all()


def half_close(client: Client, server: Serving) -> None:
    client.finish()
    client.read_all()


def reset(client: Client, server: Serving) -> None:
    client.reset()


def frames(*each: tuple[int, bytes, bool]) -> Callable[[Client, Serving], None]:
    def act(client: Client, server: Serving) -> None:
        client.send(b"".join(make_frame(*frame) for frame in each))
        client.read_all()

    return act


def stop(client: Client, server: Serving) -> None:
    server.stop()
    client.read_all()


def nothing(client: Client, server: Serving) -> None:
    """Leave it to the application, or to the time."""
    client.read_all()


SHORT_PINGS = {"ws_ping_interval": 0.05, "ws_ping_timeout": 0.05}
TWO_FRAGMENTS = frames((TEXT, b"a", False), (CONTINUATION, b"b", True))
SMALL = {"ws_max_size": 10}


@pytest.mark.parametrize(
    ("path", "options", "act", "code", "initiator", "cause"),
    [
        ("/", {}, close, 4001, "peer", "peer"),
        ("/", {}, half_close, 1006, "peer", "lost"),
        ("/", {}, reset, 1006, "peer", "lost"),
        ("/close", {}, nothing, 4000, "application", "application"),
        ("/return", {}, nothing, 1000, "application", "application"),
        ("/raise", {}, nothing, 1011, "application", "application_error"),
        ("/", {}, frames((RESERVED, b"", True)), 1002, "server", "protocol"),
        ("/", {}, frames((TEXT, b"\xff", True)), 1007, "server", "invalid_payload"),
        ("/", {"ws_max_fragments": 1}, TWO_FRAGMENTS, 1008, "server", "policy"),
        ("/", SMALL, frames((BINARY, b"01234567890", True)), 1009, "server", "too_big"),
        ("/", SHORT_PINGS, nothing, 1006, "server", "ping_timeout"),
        ("/", {}, stop, 1012, "server", "shutdown"),
    ],
)
def test_why_and_by_whom(
    ws_serving: Serve,
    next_ending: Endings,
    path: str,
    options: dict[str, Any],
    act: Callable[[Client, Serving], None],
    code: int,
    initiator: str,
    cause: str,
) -> None:
    options = {"access_log": True, "ws_close_timeout": 0.1, **options}
    with ws_serving(app, **options) as server:
        with Client(server.connect()) as client:
            client.open_websocket(path)
            act(client, server)
        fields = next_ending()
    told = {name: fields[name] for name in ("code", "initiator", "cause", "target")}
    assert told == {"code": code, "initiator": initiator, "cause": cause, "target": path}


def test_the_last_round_trip(ws_serving: Serve, next_ending: Endings) -> None:
    options = {"access_log": True, "ws_ping_interval": 0.05}
    with ws_serving(app, **options) as server:
        with Client(server.connect()) as client:
            client.open_websocket()
            client.send_frame(PONG)  # answers none
            assert client.read_frame().opcode == PING
            client.send_frame(PONG)
            close(client, server)
        assert 0 <= next_ending()["ping"] < TIMEOUT


def test_nothing_of_a_round_trip_without_an_answer(ws_serving: Serve, next_ending: Endings) -> None:
    options = {"access_log": True, "ws_ping_interval": 0.05}
    with ws_serving(app, **options) as server:
        with Client(server.connect()) as client:
            client.open_websocket()
            client.send_frame(PONG)
            assert client.read_frame().opcode == PING
            close(client, server)
        assert "ping" not in next_ending()


def test_by_how_much_it_compressed(ws_serving: Serve, next_ending: Endings) -> None:
    with ws_serving(app, access_log=True) as server:
        with connect(server.ws_url) as client:
            for _ in range(2):
                client.send("x" * 10_000)
                assert client.recv() == "x" * 10_000
        fields = next_ending()
        assert fields["compression_in"] > 100
        assert fields["compression_out"] > 100
        assert (fields["bytes_in"], fields["bytes_out"]) == (20_000, 20_000)
        with connect(server.ws_url) as client:
            pass
        assert not {"compression_in", "compression_out"} & set(next_ending())
        with connect(server.ws_url, compression=None) as client:
            client.send("x" * 10_000)
            assert client.recv() == "x" * 10_000
        assert not {"compression_in", "compression_out"} & set(next_ending())
