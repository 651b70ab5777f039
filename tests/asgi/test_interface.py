"""Applications of ASGI 3 and of ASGI 2, told apart by their signature."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import Any

import pytest

from tests.asgi.applications import Complaints, Receive, Scope, Send, respond
from tests.client import Client
from tests.conftest import Serve


async def function3(scope: Scope, receive: Receive, send: Send) -> None:
    await respond(send, b"3")


async def variadic(*args: Any) -> None:
    await respond(args[2], b"3")


async def with_defaults(scope: Scope, receive: Any = None, send: Any = None) -> None:
    await respond(send, b"3")


async def configured3(setting: str, scope: Scope, receive: Receive, send: Send) -> None:
    await respond(send, setting.encode())


class Callable3:
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await respond(send, b"3")

    async def method(self, scope: Scope, receive: Receive, send: Send) -> None:
        await respond(send, b"3")


class Awaitable3:
    """An object for each scope, awaited (Starlette's HTTPEndpoint is one)."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.send = send

    def __await__(self) -> Generator[Any, None, None]:
        return respond(self.send, b"3").__await__()


class Unsigned3:
    """A callable that does not tell its signature, as those of compiled modules."""

    __signature__ = "unknown"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await respond(send, b"3")


def function2(scope: Scope) -> Any:
    async def instance(receive: Receive, send: Send) -> None:
        await respond(send, b"2")

    return instance


def configured2(setting: str, scope: Scope) -> Any:
    async def instance(receive: Receive, send: Send) -> None:
        await respond(send, setting.encode())

    return instance


class Class2:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    async def __call__(self, receive: Receive, send: Send) -> None:
        assert self.scope["type"] == "http"
        await respond(send, b"2")


class Factory2:
    def __call__(self, scope: Scope) -> Class2:
        return Class2(scope)


@pytest.mark.parametrize(
    ("app", "interface", "body"),
    [
        pytest.param(function3, "auto", b"3", id="function3"),
        pytest.param(variadic, "auto", b"3", id="variadic"),
        pytest.param(with_defaults, "auto", b"3", id="defaults"),
        pytest.param(partial(configured3, "set"), "auto", b"set", id="partial3"),
        pytest.param(Callable3(), "auto", b"3", id="callable3"),
        pytest.param(Callable3().method, "auto", b"3", id="method3"),
        pytest.param(Awaitable3, "auto", b"3", id="awaitable3"),
        pytest.param(Unsigned3(), "auto", b"3", id="unsigned3"),
        pytest.param(function3, "asgi3", b"3", id="told3"),
        pytest.param(function2, "auto", b"2", id="function2"),
        pytest.param(partial(configured2, "set"), "auto", b"set", id="partial2"),
        pytest.param(Class2, "auto", b"2", id="class2"),
        pytest.param(Factory2(), "auto", b"2", id="callable2"),
        pytest.param(lambda *args: function2(*args), "asgi2", b"2", id="told2"),
    ],
)
def test_an_application_of_either_version_answers(
    serving: Serve, complaints: Complaints, app: Any, interface: str, body: bytes
) -> None:
    with serving(app, interface=interface) as server, Client(server.connect()) as client:
        assert client.request().body == body
    assert complaints() == []


def test_a_websocket_of_asgi2(serving: Serve) -> None:
    class App:
        def __init__(self, scope: Scope) -> None:
            self.path = scope["path"]

        async def __call__(self, receive: Receive, send: Send) -> None:
            await receive()
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.send", "text": self.path})

    with serving(App) as server, Client(server.connect()) as client:
        client.open_websocket("/room")
        assert client.read_text() == "/room"
        assert client.read_close() == (1000, "")


def test_an_asgi2_application_that_refuses_the_scope_is_500(
    serving: Serve, complaints: Complaints
) -> None:
    def app(scope: Scope) -> Any:
        raise NotImplementedError(scope["type"])

    with serving(app) as server, Client(server.connect()) as client:
        assert client.request().status == 500
    assert complaints() == ["Exception in the ASGI application"]
