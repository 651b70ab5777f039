"""The task that an application runs in: one for each scope, named after its path."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.asgi.applications import Receive, Scope, Seen, Send, respond
from tests.client import Client
from tests.conftest import Serve


def test_a_task_has_the_path_for_its_name(serving: Serve, seen: Seen) -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        task = asyncio.current_task()
        assert task is not None
        seen.put(task.get_name())
        await respond(send, b"")

    with serving(application) as server, Client(server.connect()) as client:
        client.request(target="/a%20b?c")
        client.request(target="/d")
        assert (seen.take(), seen.take()) == ("/a b", "/d")


def test_the_loop_s_task_factory_makes_the_tasks(serving: Serve, seen: Seen) -> None:
    def factory(loop: asyncio.AbstractEventLoop, call: Any, **options: Any) -> Any:
        task = asyncio.Task(call, loop=loop, **options)
        seen.put(task)
        return task

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        loop = asyncio.get_running_loop()
        if loop.get_task_factory() is None:
            loop.set_task_factory(factory)
        else:
            assert seen.take() is asyncio.current_task()
            loop.set_task_factory(None)
        await respond(send, b"")

    with serving(application) as server, Client(server.connect()) as client:
        for _ in range(2):
            assert client.request().status == 200
    assert seen.empty
