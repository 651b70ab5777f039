"""The file, the environment and the command line: who wins, and what is said of a wrong one."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from wsgate import sources
from wsgate.cli import main
from wsgate.config import OPTIONS, Config
from wsgate.errors import ConfigError
from wsgate.sources import COMMAND_LINE, Given, settings
from wsgate.tables import Route

Write = Callable[[str], None]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, and none of our variables."""
    monkeypatch.chdir(tmp_path)
    for option in OPTIONS:
        for variable in option.environment:
            monkeypatch.delenv(variable, raising=False)
    return tmp_path


@pytest.fixture
def write(folder: Path) -> Write:
    """Write wsgate.toml."""

    def writing(text: str) -> None:
        (folder / "wsgate.toml").write_text(text, encoding="utf-8")

    return writing


def refusal(file: str | None = None, given: dict[str, Given] | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        settings(file, given or {})
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


def test_each_kind_of_value(write: Write) -> None:
    write("""
        app = "shop:app"
        port = 9000
        ws-max-size = "2MiB"
        ws_max_queue = 8
        ws_ping_interval = 7.5
        timeout-keep-alive = 3
        access_log = false
        http = "h11"
        allow_origin = ["https://a.example", "null"]
        header = ["X-A: 1"]
        forwarded_allow_ips = ["10.0.0.0/8", "unix:"]
        [log_config]
        version = 1
        """)
    config, named = settings(None, {})
    assert config == Config(
        app="shop:app",
        port=9000,
        ws_max_size=2 * 1024 * 1024,
        ws_max_queue=8,
        ws_ping_interval=7.5,
        timeout_keep_alive=3,
        access_log=False,
        http="h11",
        allow_origins=["https://a.example", "null"],  # type: ignore[arg-type]
        headers=["X-A: 1"],  # type: ignore[arg-type]
        forwarded_allow_ips="10.0.0.0/8,unix:",  # type: ignore[arg-type]
        log_config={"version": 1},
    )
    assert len(named) == 12
    assert set(named.values()) == {"wsgate.toml"}


def test_routes(write: Write) -> None:
    write("""
        app = "shop:app"
        ws_max_size = "1MiB"
        [[route]]
        path = "/upload/*"
        ws-max-size = "64MiB"
        [[route]]
        path = "/chat"
        ws_ping_interval = 5
        """)
    config, named = settings(None, {})
    assert config.routes == (
        Route("/upload/*", {"ws_max_size": 64 * 1024 * 1024}),
        Route("/chat", {"ws_ping_interval": 5.0}),
    )
    assert named["routes"] == "wsgate.toml"


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(write: Write) -> None:
    write('app = "file:app"\nport = 1\nbacklog = 1\nws_max_queue = 1')
    given = {
        "port": Given(2, "WSGATE_PORT"),
        "backlog": Given(3, COMMAND_LINE),
        "app": Given("line:app", COMMAND_LINE),
    }
    config, named = settings(None, given)
    assert (config.app, config.port, config.backlog, config.ws_max_queue) == ("line:app", 2, 3, 1)
    assert named == {
        "app": COMMAND_LINE,
        "port": "WSGATE_PORT",
        "backlog": COMMAND_LINE,
        "ws_max_queue": "wsgate.toml",
    }


@pytest.mark.parametrize(
    ("file", "environment", "line", "kept"),
    [
        ({"bind": ["a:1"]}, {}, {"port": 9}, {"port": 9}),
        ({"host": "0.0.0.0", "port": 1}, {}, {"port": 9}, {"host": "0.0.0.0", "port": 9}),
        ({"port": 1}, {"bind": ("a:1", "b:1")}, {}, {"bind": ("a:1", "b:1")}),
        ({"port": 1}, {"uds": "/a"}, {"fd": 3}, {"fd": 3}),
        ({"uds": "/a"}, {"port": 1}, {"host": "::"}, {"host": "::", "port": 1}),
    ],
)
def test_who_says_where_to_listen_says_it_alone(
    write: Write, file: Any, environment: Any, line: Any, kept: Any
) -> None:
    write("app = 'a:b'\n" + "\n".join(f"{name} = {value!r}" for name, value in file.items()))
    given = {name: Given(value, "VARIABLE") for name, value in environment.items()}
    given.update({name: Given(value, COMMAND_LINE) for name, value in line.items()})
    assert settings(None, given).config == Config(app="a:b", **kept)


def test_without_a_file_all_is_as_it_was() -> None:
    assert settings(None, {"app": Given("a:b", COMMAND_LINE)}) == (
        Config(app="a:b"),
        {"app": COMMAND_LINE},
    )


@pytest.mark.parametrize(
    ("files", "port"),
    [
        pytest.param({"pyproject.toml": "[tool.wsgate]\nport = 1"}, 1, id="pyproject"),
        pytest.param(
            {"pyproject.toml": "[tool.wsgate]\nport = 1", "wsgate.toml": "port = 2"},
            2,
            id="ours-first",
        ),
        pytest.param({"pyproject.toml": "[tool.other]\nport = 1"}, 8000, id="not-for-us"),
        pytest.param({"pyproject.toml": "not TOML, nor for us"}, 8000, id="not-read"),
    ],
)
def test_which_file_is_found(folder: Path, files: dict[str, str], port: int) -> None:
    for name, text in files.items():
        (folder / name).write_text(text)
    assert settings(None, {"app": Given("a:b", COMMAND_LINE)}).config.port == port


def test_a_named_file_is_read_alone(folder: Path, write: Write) -> None:
    write("port = 1")
    (folder / "other.toml").write_text("app = 'a:b'\nbacklog = 5")
    config, named = settings("other.toml", {})
    assert (config.port, config.backlog) == (8000, 5)
    assert named == {"app": "other.toml", "backlog": "other.toml"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("prot = 80", "wsgate.toml: there is no option 'prot'; did you mean port?"),
        ("ws-max-sise = 80", "wsgate.toml: there is no option 'ws-max-sise'; "
         "did you mean ws_max_size?"),
        ("zzz = 1", "wsgate.toml: there is no option 'zzz'"),
        ("port = 70000", "wsgate.toml: port must be at most 65535, not 70000"),
        ("port = '80'", "wsgate.toml: port must be a whole number, not '80'"),
        ("port = true", "wsgate.toml: port must be a whole number, not True"),
        ("factory = 1", "wsgate.toml: factory must be true or false, not 1"),
        ("allow_origins = 'null'", "wsgate.toml: allow_origins must be a list, not 'null'"),
        ("allow_origin = []\nallow-origins = []",
         "wsgate.toml: allow-origins is there under another name too: leave one of them"),
        ("routes = []", "wsgate.toml: there is no option 'routes'; did you mean route?"),
        ("[route]\npath = '/'",
         "wsgate.toml: route must be a list of tables ([[route]]), not {'path': '/'}"),
        ("[[route]]\npath = '/a'\nport = 1",
         "wsgate.toml: route '/a': port is the same for all routes"),
        ("app = 'a:b'\nuds = '/a'\nfd = 3", "--uds and --fd exclude each other: give one of them"),
        ("", "APP must name the application as module:attribute, for example main:app"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused(write: Write, text: str, sentence: str) -> None:
    write(text)
    assert refusal() == sentence


def test_what_is_no_toml_is_refused(write: Write) -> None:
    write("port: 80")
    assert refusal().startswith("--config 'wsgate.toml' is not in TOML: ")


def test_what_cannot_be_read_is_refused(folder: Path) -> None:
    end = ": give the path of a text file in UTF-8"
    assert (
        refusal("no.toml") == f"--config 'no.toml' cannot be read (No such file or directory){end}"
    )
    assert refusal(".") == f"--config '.' cannot be read (Is a directory){end}"
    (folder / "wsgate.toml").write_bytes(b"\xff")
    assert refusal().startswith("--config 'wsgate.toml' cannot be read ('utf-8' codec can't ")


@pytest.mark.parametrize("text", ["[project]", "[tool]\nwsgate = 5"])
def test_a_named_pyproject_must_have_our_table(folder: Path, text: str) -> None:
    (folder / "pyproject.toml").write_text(text)
    assert refusal("pyproject.toml") == (
        "--config 'pyproject.toml' has no table [tool.wsgate]: add it, or name another file"
    )


def test_a_wrong_value_is_named_by_its_source() -> None:
    app = {"app": Given("a:b", COMMAND_LINE)}
    assert refusal(given={**app, "port": Given(-1, "WSGATE_PORT")}) == (
        "WSGATE_PORT must be at least 0, not -1"
    )
    assert refusal(given={**app, "port": Given(-1, COMMAND_LINE)}) == (
        "--port must be at least 0, not -1"
    )


def test_before_python_3_11_a_package_is_needed(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10))
    monkeypatch.setitem(sys.modules, "tomli", None)
    write("port = 80")
    assert refusal() == (
        "--config 'wsgate.toml' needs the package tomli before Python 3.11: "
        "pip install 'wsgate[toml]'"
    )


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment of the test's own, which no process gets."""
    variables: dict[str, str] = {}
    monkeypatch.setattr(os, "environ", variables)
    return variables


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("NAME=value", "value"),
        ("export NAME=value", "value"),
        ("NAME=", ""),
        ("NAME=a#b # c", "a#b"),
        ("NAME='a \\n # $b' # c", "a \\n # $b"),
        ('NAME="a \\n\\" # b"', 'a \n" # b'),
        ('NAME="two\nlines"', "two\nlines"),
        ("NAME=${OTHER}:${ELSE:-else}", "other:else"),
    ],
)
def test_a_line_of_an_env_file(
    folder: Path, environ: dict[str, str], line: str, value: str
) -> None:
    environ["OTHER"] = "other"
    (folder / "env").write_text(f"# comment\n\n{line}\nOTHER=of the file\n")
    sources.load_variables("env")
    assert (environ["NAME"], environ["OTHER"]) == (value, "other")


@pytest.mark.parametrize(
    "line",
    [
        *("NAME", "=secret", "export NAME", "NAME secret", "NAME='secret", 'NAME="secret" more'),
        *("'NA=ME'=secret", "N=secret\0"),
    ],
)
def test_a_wrong_line_of_an_env_file_is_refused_unseen(
    folder: Path, environ: dict[str, str], line: str
) -> None:
    (folder / "env").write_text(f"A=1\n\n\n{line}\nB=2\n")
    with pytest.raises(ConfigError) as caught:
        sources.load_variables("env")
    assert str(caught.value) == (
        "--env-file 'env' has no NAME=value in line 4: "
        "write one, and quotes around a value that holds quotes or #"
    )
    assert not environ.keys() & {"A", "B", "N", "NA=ME", "NAME"}


def test_an_env_file_needs_a_package(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dotenv", None)
    (folder / "env").write_text("A=1")
    result = CliRunner().invoke(main, ["main:app", "--env-file", "env"])
    assert (result.exit_code, result.output) == (
        2,
        "Error: --env-file needs the package python-dotenv: pip install 'wsgate[dotenv]'\n",
    )


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The configurations that the command would serve with."""
    configs: list[Any] = []

    def run(config: Config, configure: Callable[[], Config]) -> int:
        assert configure() == config
        configs.append(config)
        return 0

    monkeypatch.setattr("wsgate.supervisor.run.run", run)
    return configs


def test_the_command_reads_the_file_and_the_variables(
    folder: Path, write: Write, served: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    write('app = "shop:app"\nport = 1\nbacklog = 2\nws_max_queue = 3')
    (folder / "env").write_text("WSGATE_PORT=5\nWSGATE_BACKLOG=6\nWSGATE_LOG_LEVEL=debug")
    for name in ("WSGATE_PORT", "WSGATE_LOG_LEVEL"):  # and put back what the command sets
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("WSGATE_BACKLOG", "7")
    result = CliRunner().invoke(main, ["--env-file", "env", "--port", "9"])
    assert (result.exit_code, result.output) == (0, "")
    assert served == [Config(app="shop:app", port=9, backlog=7, ws_max_queue=3, log_level="debug")]


@pytest.mark.parametrize(
    ("arguments", "start"),
    [
        (["--config", "no.toml"], "Error: --config 'no.toml' cannot be read (No such file"),
        (["--env-file", "no.env"], "Error: --env-file 'no.env' cannot be read (No such file"),
    ],
)
def test_the_command_refuses_a_missing_file_with_2(arguments: list[str], start: str) -> None:
    result = CliRunner().invoke(main, ["main:app", *arguments])
    assert result.exit_code == 2
    assert result.output.startswith(start)
    assert result.output.count("\n") == 1
