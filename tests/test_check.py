"""`wsgate --check-config`: what it shows, and that it loads all and listens nowhere."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.test_cli import PROJECT
from wsgate.check import configuration, warnings
from wsgate.config import OPTIONS, Config
from wsgate.sources import COMMAND_LINE, Given, Settings, settings, unknown_variables

LIVES = """
async def app(scope, receive, send):
    assert scope["type"] == "lifespan"
    for phase in ("startup", "shutdown"):
        assert (await receive())["type"] == f"lifespan.{phase}"
        print("app:", phase, flush=True)
        await send({"type": f"lifespan.{phase}.complete"})

async def failing(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no database"})
"""


OURS = {variable for option in OPTIONS for variable in option.environment}


def checked(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {key: value for key, value in os.environ.items() if key not in OURS}
    return subprocess.run(
        [sys.executable, "-m", "wsgate", "--check-config", *arguments],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(PROJECT), "WSGATE_BACKLOG": "5"},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "lives.py").write_text(LIVES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_shows_each_setting_with_its_source(folder: Path) -> None:
    (folder / "wsgate.toml").write_text(
        'app = "lives:app"\nport = 1\nws_max_size = "2MiB"\n'
        '[[route]]\npath = "/a/*"\nws_ping_interval = 5\n'
    )
    done = checked(folder, "--port", "65535")
    assert done.returncode == 0, done.stderr
    lines = dict.fromkeys(" ".join(line.split()) for line in done.stdout.splitlines())
    for line in (
        'app = "lives:app" # wsgate.toml',
        "port = 65535 # command line",
        "backlog = 5 # WSGATE_BACKLOG",
        'ws_max_size = "2 MiB" # wsgate.toml',
        'http = "httptools" # default',
        "# uds is not set # default",
        "[[route]]",
        'path = "/a/*"',
        "ws_ping_interval = 5.0 # wsgate.toml",
    ):
        assert line in lines
    assert lines.keys() >= {"app: startup", "app: shutdown"}
    assert "Warning" not in done.stderr
    assert "running on" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "exit_code", "end"),
    [
        pytest.param(["lives:failing"], 3, "Application startup failed: no database", id="start"),
        pytest.param(["lives:none"], 1, "module lives has no attribute none", id="application"),
        pytest.param(["lives:app", "--port", "-1"], 2, "--port must be at least 0", id="option"),
        pytest.param(["lives:app", "--log-config", "no.json"], 1, "no.json", id="log-config"),
    ],
)
def test_it_ends_as_the_server_would(
    folder: Path, arguments: list[str], exit_code: int, end: str
) -> None:
    done = checked(folder, *arguments)
    assert done.returncode == exit_code
    assert end in done.stderr.splitlines()[-1]


def test_a_variable_that_sets_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WSGATE_BACKLOGG", "7")
    sentence = "the variable WSGATE_BACKLOGG sets nothing; did you mean WSGATE_BACKLOG?"
    assert list(unknown_variables(["WSGATE_PORT", "WSGATE_BACKLOGG", "PATH"])) == [sentence]
    done = checked(folder, "lives:app")
    assert (done.returncode, done.stderr.splitlines()[0]) == (0, f"Warning: {sentence}")


def odd_settings(folder: Path) -> Settings:
    """Texts and tables that are not easy to write down."""
    values: dict[str, Any] = {
        "app": "a:b",
        "root_path": '/\u20ac"\\\x7f\n\U0001f600',
        "headers": ["X-A: \xe9", "X-B: "],
        "allow_origins": ["https://a.example", "null"],
        "log_config": {"version": 1, "a b": {"c": [True, 1.5]}},
        "ws_ping_interval": 1e-7,
        "ws_ping_timeout": 1e15,
        "ws_max_size": 1000,
        "ws_write_limit": 0,
        "uds": "/run/x y",
        "routes": [{"path": '/"*', "ws_max_queue": 3, "ws_max_size": "1MiB"}, {"path": "*"}],
    }
    return settings(None, {"app": Given("a:b", COMMAND_LINE)})._replace(config=Config(**values))


def test_what_it_shows_can_be_read_again(folder: Path) -> None:
    shown = odd_settings(folder)
    (folder / "again.toml").write_text(configuration(shown), encoding="utf-8")
    assert settings("again.toml", {}).config == shown.config


def test_each_option_has_a_line(folder: Path) -> None:
    lines = configuration(odd_settings(folder)).splitlines()[: len(OPTIONS)]
    for option, line in zip(OPTIONS, lines, strict=True):
        assert line.startswith((f"{option.name} = ", f"# {option.name} is not set "))


@pytest.mark.parametrize(("interval", "found"), [(0, "is off"), (60, "is 60 s"), (90, "is 90 s")])
def test_a_ping_interval_that_proxies_do_not_wait_for(interval: float, found: str) -> None:
    end = f"ws_ping_interval {found}: most proxies cut a websocket that is silent for 60 s, "
    routes: Any = [{"path": "/a", "ws_ping_interval": 59.9}, {"path": "/b"}]
    config = Config(app="a:b", ws_ping_interval=interval, routes=routes)
    assert [*warnings(config)] == [f"{end}so choose less", f"route '/b': {end}so choose less"]
    assert [*warnings(Config(app="a:b"))] == []
