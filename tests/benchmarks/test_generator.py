"""The generator believes a server that is right, and no other."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.applications import app
from benchmarks.generator import Generator, LoadError
from benchmarks.workloads import BY_NAME
from tests.programs import require
from tests.serving import serve

pytestmark = pytest.mark.once

Message = dict[str, Any]

SECONDS = 0.05


@pytest.fixture(scope="module")
def generator(tmp_path_factory: pytest.TempPathFactory) -> Generator:
    compiler = require("cc", "gcc")
    require("taskset", "util-linux")
    look = [compiler, "-E", "-include", "zlib.h", "-x", "c", "/dev/null"]
    if subprocess.run(look, capture_output=True, check=False).returncode:
        pytest.skip("zlib.h is missing: install it with `apt-get install zlib1g-dev`")
    return Generator(tmp_path_factory.mktemp("load"), min(os.sched_getaffinity(0)))


@pytest.mark.parametrize(
    "name", ["64x16x32", "4x1x1M", "1x1x32", "handshakes", "broadcast", "deflate", "http"]
)
def test_a_right_server_gets_a_number(generator: Generator, name: str) -> None:
    workload = replace(BY_NAME[name], connections=4)
    with serve(app, access_log=False) as server:
        report = generator.load(workload, workload.mode, server.port, SECONDS)
    assert report["rate"] > 0
    assert 0 < report["p50"] <= report["p99"]
    assert 0 < report["cpu"] <= 1.5


@pytest.mark.parametrize("name", ["memory-2000", "memory-2000-deflate"])
def test_idle_connections_are_open_until_the_block_ends(generator: Generator, name: str) -> None:
    workload = replace(BY_NAME[name], connections=20)
    open_ones: set[int] = set()

    async def counting(scope: Message, receive: Any, send: Any) -> None:
        open_ones.add(id(scope))
        try:
            await app(scope, receive, send)
        finally:
            open_ones.discard(id(scope))

    serving = serve(counting, access_log=False, lifespan="off")
    with serving as server, generator.held(workload, server.port):
        assert len(open_ones) == 20


def answering(answer: Callable[[str], str]) -> Callable[..., Awaitable[None]]:
    """An application that sends something else back than what came."""

    async def application(scope: Message, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": answer(message["text"])})

    return application


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        pytest.param(lambda text: text[:-1] + "?", "other content", id="content"),
        pytest.param(lambda text: text + "?", "too long", id="long"),
        pytest.param(lambda text: text[:-1], "too short", id="short"),
    ],
)
@pytest.mark.parametrize("name", ["64x1x32", "deflate"])
def test_a_wrong_answer_ends_the_run(
    generator: Generator, name: str, answer: Callable[[str], str], sentence: str
) -> None:
    workload = replace(BY_NAME[name], connections=4)
    wrong = serve(answering(answer), access_log=False, lifespan="off")
    with wrong as server, pytest.raises(LoadError, match=sentence):
        generator.load(workload, workload.mode, server.port, SECONDS)


def test_a_server_without_compression_is_told_from_one_with_it(generator: Generator) -> None:
    workload = replace(BY_NAME["deflate"], connections=4)
    plain = serve(app, access_log=False, ws_per_message_deflate=False)
    with plain as server, pytest.raises(LoadError, match="no compression was agreed on"):
        generator.load(workload, workload.mode, server.port, SECONDS)


def test_a_server_that_is_not_there_is_told(generator: Generator) -> None:
    with serve(app, access_log=False) as server:
        port = server.port
    with pytest.raises(LoadError, match="refused"):
        generator.load(BY_NAME["64x1x32"], "echo", port, SECONDS)
