"""What a server is made of: the application and the event loop that the configuration names."""

from __future__ import annotations

import asyncio
import sys
from contextlib import closing
from typing import Any

import pytest

from tests.client import Client
from tests.serving import serve
from wsgate.config import Config
from wsgate.errors import ApplicationFailed, ApplicationNotFound, ConfigError
from wsgate.event_loop import new_event_loop
from wsgate.server import Server


async def hello(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": b"hello"})


def test_an_application_that_a_factory_makes() -> None:
    options = {"factory": True, "lifespan": "off"}
    with serve(lambda: hello, **options) as server, Client(server.connect()) as client:
        assert client.request().body == b"hello"


def test_a_factory_that_raises() -> None:
    def factory() -> None:
        raise ValueError("on purpose")

    with pytest.raises(ApplicationFailed, match="raised ValueError") as raised:
        Server(Config(app=factory, factory=True))
    assert isinstance(raised.value.__cause__, ValueError)


def test_a_factory_that_makes_no_application() -> None:
    with pytest.raises(ApplicationNotFound, match="is of type"):
        Server(Config(app=lambda: 7, factory=True))


def test_uvloop_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)
    with closing(new_event_loop("auto")) as loop:
        assert isinstance(loop, asyncio.BaseEventLoop)
    with pytest.raises(ConfigError, match="uvloop is not installed"):
        new_event_loop("uvloop")
