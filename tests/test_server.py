"""The worker: it starts, serves and ends, from the command's loop and from somebody else's."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from tests.client import make_request
from tests.serving import TIMEOUT
from wsgate.config import Config
from wsgate.errors import StartupError
from wsgate.event_loop import cancel_all, new_event_loop
from wsgate.net import lingering
from wsgate.server import STARTUP_FAILED, Server, run

FOR_EVER = 3600.0


async def hello(scope: dict[str, Any], receive: Any, send: Any) -> None:
    assert scope["type"] == "http"
    headers = [(b"content-length", b"5")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hello"})


class Living:
    """An application with a lifespan; `log` says what happened to it."""

    def __init__(self, *, hangs_at: str = "", fails_at: str = "") -> None:
        self.log: list[str] = []
        self.reached = asyncio.Event()
        self.hangs_at = hangs_at
        self._fails_at = fails_at

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await self.stage("request")
            await hello(scope, receive, send)
            return
        for stage in ("startup", "shutdown"):
            assert (await receive())["type"] == f"lifespan.{stage}"
            await self.stage(stage)
            result = "failed" if stage == self._fails_at else "complete"
            await send({"type": f"lifespan.{stage}.{result}"})

    async def stage(self, stage: str) -> None:
        self.log.append(stage)
        if stage == self.hangs_at:
            self.reached.set()
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                self.log.append(f"{stage} cancelled")


def config_for(app: Any, **options: Any) -> Config:
    return Config(app=app, **{"port": 0, "timeout_graceful_shutdown": FOR_EVER, **options})


def in_loop(loop_kind: str, scenario: Callable[[], Awaitable[None]]) -> None:
    """Run in a loop that is not wsgate's; fails, and does not hang, where nothing happens."""
    with closing(new_event_loop(loop_kind)) as loop:
        loop.run_until_complete(asyncio.wait_for(scenario(), TIMEOUT))
        loop.run_until_complete(cancel_all())


@asynccontextmanager
async def begun(server: Server, **options: Any) -> AsyncIterator[asyncio.Future[int]]:
    """Let a server serve; what is yielded is its end, which comes with the block at the latest."""
    serving = asyncio.ensure_future(server.serve(**options))
    try:
        yield serving
    finally:
        server.stop()
        server.stop()
        await serving


async def ask(address: Any, family: int = socket.AF_INET) -> bytes:
    """The whole answer to a request."""
    loop = asyncio.get_running_loop()
    with socket.socket(family) as sock:
        sock.setblocking(False)
        await loop.sock_connect(sock, address)
        await loop.sock_sendall(sock, make_request(headers=[("Connection", "close")]))
        answer = b""
        while data := await loop.sock_recv(sock, 65_536):
            answer += data
    return answer


# From somebody else's loop.


def test_embedded_with_sockets_of_its_own(loop_kind: str) -> None:
    app = Living()

    async def scenario() -> None:
        listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
        addresses = [each.getsockname() for each in listeners]
        server = Server(config_for(app))
        async with begun(server, sockets=listeners) as serving:
            await server.started.wait()
            assert server.sockets == listeners
            for address in addresses:
                assert (await ask(address)).endswith(b"hello")
            asyncio.get_running_loop().call_soon(server.stop)
            assert await serving == 0
            assert [each.fileno() for each in listeners] == [-1, -1]
            for address in addresses:
                with pytest.raises(ConnectionRefusedError):
                    await ask(address)

    in_loop(loop_kind, scenario)
    assert app.log == ["startup", "request", "request", "shutdown"]


@pytest.mark.parametrize("found", [signal.default_int_handler, signal.SIG_IGN])
def test_a_server_that_ended_leaves_no_handler_of_signals(
    loop_kind: str, found: Callable[[int, FrameType | None], object] | signal.Handlers
) -> None:
    first = signal.signal(signal.SIGINT, found)
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]

    async def scenario() -> None:
        server = Server(config_for(hello, lifespan="off"))
        async with begun(server) as serving:
            await server.started.wait()
            signal.raise_signal(signal.SIGTERM)
            assert await serving == 0

    in_loop(loop_kind, scenario)
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == before
    signal.signal(signal.SIGINT, first)


def test_two_servers_in_one_loop(loop_kind: str) -> None:
    async def scenario() -> None:
        one, two = (Server(config_for(hello, lifespan="off")) for _ in range(2))
        async with begun(one) as first, begun(two) as second:
            for each in (one, two):
                await each.started.wait()
                assert (await ask(each.sockets[0].getsockname())).endswith(b"hello")
            one.stop()
            assert await first == 0
            assert (await ask(two.sockets[0].getsockname())).endswith(b"hello")
            two.stop()
            assert await second == 0

    in_loop(loop_kind, scenario)


def test_a_trigger_ends_it_and_no_signal_does(loop_kind: str) -> None:
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]

    async def scenario() -> None:
        trigger = asyncio.Event()
        server = Server(config_for(hello, lifespan="off"))
        async with begun(server, shutdown_trigger=trigger.wait) as serving:
            await server.started.wait()
            assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == before
            assert (await ask(server.sockets[0].getsockname())).endswith(b"hello")
            trigger.set()
            assert await serving == 0

    in_loop(loop_kind, scenario)


def test_signals_beside_a_trigger_for_who_asks_for_both(loop_kind: str) -> None:
    async def scenario() -> None:
        server = Server(config_for(hello, lifespan="off"))
        never = asyncio.Event()
        options = {"shutdown_trigger": never.wait, "handle_signals": True}
        async with begun(server, **options) as serving:
            await server.started.wait()
            signal.raise_signal(signal.SIGTERM)
            assert await serving == 0

    in_loop(loop_kind, scenario)


def test_a_trigger_that_raises_ends_it_and_is_heard_of(loop_kind: str) -> None:
    app = Living()

    async def trigger() -> None:
        raise ZeroDivisionError("on purpose")

    async def scenario() -> None:
        with pytest.raises(ZeroDivisionError):
            await Server(config_for(app)).serve(shutdown_trigger=trigger)

    in_loop(loop_kind, scenario)
    assert app.log == ["startup", "shutdown"]


@pytest.mark.parametrize("stage", ["startup", "request", "shutdown"])
def test_cancelled_it_ends_at_once_and_leaves_nothing_in_the_loop(
    loop_kind: str, stage: str
) -> None:
    app = Living(hangs_at=stage)

    async def scenario() -> None:
        before = asyncio.all_tasks()
        server = Server(config_for(app))
        serving = asyncio.ensure_future(server.serve())
        asking = None
        if stage != "startup":
            await server.started.wait()
        if stage == "request":
            asking = asyncio.ensure_future(ask(server.sockets[0].getsockname()))
        elif stage == "shutdown":
            server.stop()
        await app.reached.wait()
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving
        if asking is not None:
            await asyncio.wait({asking})
            asking.exception()
        assert asyncio.all_tasks() == before

    in_loop(loop_kind, scenario)
    assert app.log[-1] == f"{stage} cancelled"


def test_a_port_in_use(loop_kind: str) -> None:
    async def scenario() -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            server = Server(config_for(hello, port=taken.getsockname()[1]))
            with pytest.raises(StartupError, match="is in use"):
                await server.serve()
            assert not server.started.is_set()

    in_loop(loop_kind, scenario)


def test_a_unix_socket_whose_file_stays_and_is_replaced(loop_kind: str, tmp_path: Path) -> None:
    """One way on every loop and every Python (asyncio of 3.13 removes it if it is let)."""
    path = tmp_path / "s"

    async def scenario() -> None:
        for _ in range(2):
            server = Server(config_for(hello, lifespan="off", uds=str(path)))
            async with begun(server) as serving:
                await server.started.wait()
                assert (await ask(str(path), socket.AF_UNIX)).endswith(b"hello")
                server.stop()
                assert await serving == 0
                assert path.is_socket()

    in_loop(loop_kind, scenario)


# Start and end.


@pytest.mark.parametrize("lifespan", ["auto", "on"])
def test_a_start_that_fails(loop_kind: str, lifespan: str) -> None:
    app = Living(fails_at="startup")
    assert run(config_for(app, loop=loop_kind, lifespan=lifespan)) == STARTUP_FAILED == 3
    assert app.log == ["startup"]


def stopped(loop_kind: str, app: Living, *, stops: int, **options: Any) -> int:
    """Stop a server so often while its application hangs; give its exit code."""
    codes: list[int] = []

    async def scenario() -> None:
        server = Server(config_for(app, **options))
        asking = None
        async with begun(server) as serving:
            if app.hangs_at == "request":
                await server.started.wait()
                asking = asyncio.ensure_future(ask(server.sockets[0].getsockname()))
            elif app.hangs_at == "shutdown":
                server.stop()
            await app.reached.wait()
            for _ in range(stops - (app.hangs_at == "shutdown")):
                server.stop()
            codes.append(await serving)
        if asking is not None:
            await asyncio.wait({asking})
            asking.exception()

    in_loop(loop_kind, scenario)
    return codes[0]


@pytest.mark.parametrize("stage", ["startup", "request", "shutdown"])
def test_a_second_stop_ends_at_once(loop_kind: str, stage: str) -> None:
    app = Living(hangs_at=stage)
    assert stopped(loop_kind, app, stops=2) == 0
    assert (
        app.log
        == {
            "startup": ["startup", "startup cancelled"],
            "request": ["startup", "request", "request cancelled"],
            "shutdown": ["startup", "shutdown", "shutdown cancelled"],
        }[stage]
    )


@pytest.mark.parametrize("stage", ["startup", "request", "shutdown"])
def test_a_stop_waits_no_longer_than_the_graceful_timeout(
    loop_kind: str, stage: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = Living(hangs_at=stage)
    assert stopped(loop_kind, app, stops=1, timeout_graceful_shutdown=0.2) == 0
    assert (
        app.log
        == {
            "startup": ["startup", "startup cancelled"],
            "request": ["startup", "request", "request cancelled", "shutdown"],
            "shutdown": ["startup", "shutdown", "shutdown cancelled"],
        }[stage]
    )
    assert "in time" in caplog.text or "within 0.2 s" in caplog.text


def test_a_start_that_is_told_to_stop_is_completed_and_undone(loop_kind: str) -> None:
    """What start-up has opened, shutdown closes."""
    release = asyncio.Event()
    log: list[str] = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        for stage in ("startup", "shutdown"):
            await receive()
            await release.wait()
            log.append(stage)
            await send({"type": f"lifespan.{stage}.complete"})

    async def scenario() -> None:
        server = Server(config_for(app))
        async with begun(server) as serving:
            await asyncio.sleep(0)
            server.stop()
            await asyncio.sleep(0)
            release.set()
            assert await serving == 0

    in_loop(loop_kind, scenario)
    assert log == ["startup", "shutdown"]


def test_a_shutdown_that_fails_is_logged(loop_kind: str, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        server = Server(config_for(Living(fails_at="shutdown")))
        async with begun(server) as serving:
            await server.started.wait()
            server.stop()
            assert await serving == 0

    in_loop(loop_kind, scenario)
    assert "Application shutdown failed" in caplog.text


@pytest.mark.parametrize("turns", range(6))
def test_who_connects_as_it_stops_is_told_and_does_not_hold_it_up(
    loop_kind: str, turns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is in the kernel's queue, or accepted and not yet known, or a connection like others."""
    monkeypatch.setattr(lingering, "LINGER_TIME", 0.1)

    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        server = Server(config_for(hello, lifespan="off", timeout_handshake=FOR_EVER))
        async with begun(server) as serving:
            await server.started.wait()
            with socket.create_connection(server.sockets[0].getsockname()) as client:
                client.sendall(b"GET / HT")
                client.setblocking(False)
                for _ in range(turns):
                    await asyncio.sleep(0)
                server.stop()
                with suppress(ConnectionResetError):
                    answer = await loop.sock_recv(client, 1000)
                    assert not answer or answer.startswith(b"HTTP/1.1 503 ")
                assert await serving == 0

    in_loop(loop_kind, scenario)
