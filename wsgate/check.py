"""Loads all that a server would, shows what it would serve with, and does not listen."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

from wsgate.config import OPTIONS, Config
from wsgate.options import Option, size_text
from wsgate.server import Server, run_server
from wsgate.sources import Settings
from wsgate.tables import ROUTES

DEFAULT = "default"

PROXY_PATIENCE = 60.0
"""Seconds of silence after which a proxy cuts a connection, as a rule; so it is in nginx."""

_COLUMN = 44


def check(config: Config) -> int:
    """Load the application, start and stop its lifespan; give the exit code that serving gives.

    Raises StartupError where the server cannot start.
    """
    return run_server(config, None, _rehearse)


def configuration(settings: Settings) -> str:
    """All settings in force and the source of each, in TOML: it can be read as a file again."""
    config, sources = settings
    lines = [
        _line(option, getattr(config, option.name), sources.get(option.name, DEFAULT))
        for option in OPTIONS
    ]
    for route in config.routes:
        source = sources.get("routes", DEFAULT)
        lines += ["", f"[[{ROUTES}]]", f"path = {_toml(route.path)}"]
        lines += [
            _line(option, route.settings[option.name], source)
            for option in OPTIONS
            if option.name in route.settings
        ]
    return "\n".join(lines)


def warnings(config: Config) -> Iterator[str]:
    """What is allowed, and seldom meant."""
    routes = ((f"route {each.path!r}: ", config.of_route(each)) for each in config.routes)
    for where, each in (("", config), *routes):
        if not 0 < each.ws_ping_interval < PROXY_PATIENCE:
            found = f"is {each.ws_ping_interval:g} s" if each.ws_ping_interval else "is off"
            yield (
                f"{where}ws_ping_interval {found}: most proxies cut a websocket that is silent for "
                f"{PROXY_PATIENCE:g} s, so choose less"
            )


def _line(option: Option, value: Any, source: str) -> str:
    if value is None:
        text = f"# {option.name} is not set"
    elif option.secret:
        text = f"# {option.name} is set"
    elif option.unit == "bytes" and value and value % 1024 == 0:
        text = f"{option.name} = {_toml(size_text(value))}"
    else:
        text = f"{option.name} = {_toml(value)}"
    return f"{text:{_COLUMN}} # {source}"


def _toml(value: Any) -> str:
    """A value in TOML, whose texts are those of JSON but for one character."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(key)} = {_toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, tuple) and value and isinstance(value[0], bytes):  # a header field
        value = b": ".join(value).decode("latin-1")
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


async def _rehearse(server: Server) -> int:
    stopping = asyncio.ensure_future(_stop_when_started(server))
    try:
        return await server.serve([])
    finally:
        stopping.cancel()


async def _stop_when_started(server: Server) -> None:
    await server.started.wait()
    server.stop()
