"""`wsgate.testing` and the fixture, as somebody uses them who tests an application."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect as connect_async
from websockets.sync.client import connect

from tests.client import Client, make_request
from wsgate.errors import ConfigError, StartupError
from wsgate.testing import serve

PROJECT = Path(__file__).parent.parent


async def echo(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"hello"})
        return
    if scope["type"] != "websocket":
        raise NotImplementedError(scope["type"])
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({**message, "type": "websocket.send"})


async def refusing(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no database"})


def threads() -> set[threading.Thread]:
    """Those that run, but for the log's, which stay for the next server."""
    return {each for each in threading.enumerate() if each.name != "wsgate-log"}


def test_in_a_thread() -> None:
    before = threads()
    with serve(echo) as server, connect(server.ws_url, ping_interval=None) as client:
        assert server.url == f"http://127.0.0.1:{server.port}"
        client.send("hello")
        assert client.recv() == "hello"
        assert threads() > before
    assert threads() == before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((server.host, server.port))


def test_in_the_running_loop() -> None:
    async def scenario() -> None:
        before = asyncio.all_tasks()
        async with serve(echo) as server, connect_async(server.ws_url) as client:
            await client.send("hello")
            assert await client.recv() == "hello"
            assert server.loop is asyncio.get_running_loop()
        assert asyncio.all_tasks() == before

    threads = threading.active_count()
    asyncio.run(scenario())
    assert threading.active_count() == threads


def test_options_and_ipv6() -> None:
    with serve(echo, host="::1", headers=["x-name: value"], loop="asyncio") as server:
        assert server.url == f"http://[::1]:{server.port}"
        with Client(socket.create_connection((server.host, server.port))) as client:
            client.send(make_request(headers=[("Connection", "close")]))
            assert b"x-name: value\r\n" in client.read_all()


@pytest.mark.parametrize("form", ["thread", "loop"])
@pytest.mark.parametrize(
    ("app", "options", "sentence"),
    [
        pytest.param(refusing, {}, "lifespan failed", id="lifespan"),
        pytest.param(echo, {"host": "192.0.2.1"}, "192.0.2.1", id="address"),
    ],
)
def test_a_server_that_does_not_start(
    form: str, app: Any, options: dict[str, Any], sentence: str
) -> None:
    async def scenario() -> None:
        async with serve(app, **options):
            pytest.fail("it runs")

    def in_a_thread() -> None:
        with serve(app, **options):
            pytest.fail("it runs")

    threads = threading.active_count()
    with pytest.raises(StartupError, match=sentence):
        asyncio.run(scenario()) if form == "loop" else in_a_thread()
    assert threading.active_count() == threads


def test_a_wrong_option() -> None:
    with pytest.raises(ConfigError, match="--ws-max-size"):
        serve(echo, ws_max_size=0)


@pytest.mark.parametrize("form", ["thread", "loop"])
def test_who_stops_it_before_the_block_ends_sees_a_graceful_end(form: str) -> None:
    async def scenario() -> None:
        async with serve(echo) as server, connect_async(server.ws_url) as client:
            server.stop()
            await client.wait_closed()
            assert client.close_code == 1012

    if form == "loop":
        asyncio.run(scenario())
    else:
        with serve(echo) as server, connect(server.ws_url, ping_interval=None) as client:
            server.stop()
            with pytest.raises(Exception, match="1012"):
                client.recv()


def test_what_the_test_raises_goes_through() -> None:
    with pytest.raises(ZeroDivisionError), serve(echo):
        _ = 1 / 0


def run_pytest(folder: Path, test: str, **environment: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_it.py").write_text(test)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "wsgate.pytest_plugin", "test_it.py"],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(PROJECT),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.once
def test_the_fixture(tmp_path: Path) -> None:
    done = run_pytest(
        tmp_path,
        "from tests.test_testing import echo\n"
        "from websockets.sync.client import connect\n"
        "def test_two(wsgate_server):\n"
        "    for path in ('/one', '/two'):\n"
        "        server = wsgate_server(echo, access_log=False)\n"
        "        with connect(server.ws_url + path) as client:\n"
        "            client.send('hello')\n"
        "            assert client.recv() == 'hello'\n",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


@pytest.mark.once
def test_who_does_not_use_the_fixture_imports_no_server(tmp_path: Path) -> None:
    done = run_pytest(
        tmp_path,
        "import sys\n"
        "def test_nothing():\n"
        "    heavy = {'uvloop', 'h11', 'httptools', 'wsgate.server', 'wsgate.asgi', 'click'}\n"
        "    assert not heavy & set(sys.modules)\n",
    )
    assert done.returncode == 0, done.stdout + done.stderr
