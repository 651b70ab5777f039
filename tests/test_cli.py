"""The command, generated from the configuration: its options, variables, refusals and exit codes.

Also `wsgate.run`, which does from Python what the command does.
"""

import os
import platform
import socket
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import wsgate
from wsgate.cli import main
from wsgate.config import OPTIONS, Config
from wsgate.errors import ConfigError, StartupError
from wsgate.options import Option
from wsgate.websocket import frames

PROJECT = Path(__file__).parent.parent
NAMED = [option for option in OPTIONS if not option.positional]
SWITCHES = [option for option in NAMED if bool in option.types]
APPLICATIONS = {
    "ends.py": """
import os, signal
async def app(scope, receive, send):
    assert scope["type"] == "lifespan"
    await receive()
    await send({"type": "lifespan.startup.complete"})
    os.kill(os.getpid(), signal.SIGTERM)
    await receive()
    await send({"type": "lifespan.shutdown.complete"})
def make():
    return app
""",
    "fails.py": """
async def app(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no database"})
""",
    "needs.py": "import no_such_dependency",
}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for option in OPTIONS:
        for variable in option.environment:
            monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def app_dir(tmp_path: Path) -> Path:
    for name, source in APPLICATIONS.items():
        (tmp_path / name).write_text(source)
    return tmp_path


def parse(*arguments: str) -> dict[str, Any]:
    """What click makes of the arguments and the environment, without the options not given."""
    parameters = main.make_context("wsgate", [*arguments]).params
    given = {option.name: parameters[option.name] for option in OPTIONS}
    return {name: value for name, value in given.items() if value not in (None, ())}


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments], prog_name="wsgate")


def start(app_dir: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *command],
        cwd=app_dir,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        timeout=60,
    )


def flag_of(name: str) -> str:
    return next(each.flag for each in OPTIONS if each.name == name)


def sample(option: Option) -> tuple[str, Any]:
    """A text that the option takes, other than its default, and its value in `Config`."""
    samples: dict[str, tuple[str, Any]] = {
        "headers": ("X-A: 1", ((b"x-a", b"1"),)),
        "allow_origins": ("null", ("null",)),
        "forwarded_fields": ("forwarded", ("forwarded",)),
        "bind": ("[::1]:80", ("[::1]:80",)),
        "uds_mode": ("0600", "0600"),
        "forwarded_allow_ips": ("::1,10.0.0.0/8", ("::1", "10.0.0.0/8")),
        "bytes": ("2MiB", 2 * 1024 * 1024),
        "seconds": ("7.5", 7.5),
    }
    if option.choices:
        return option.choices[-1], option.choices[-1]
    if int in option.types and option.unit != "bytes":
        value = int(max(option.minimum, min(443, option.maximum)))
        return str(value), value
    if float in option.types and option.unit != "seconds":
        return "7.5", 7.5
    default = ("/x", ("/x",)) if option.repeatable else ("/x", "/x")
    return samples.get(option.name) or samples.get(option.unit, default)


CERTIFICATE = {"ssl_certfile": "/c"}
COMPANIONS: dict[str, dict[str, Any]] = {
    "ssl_keyfile": CERTIFICATE,
    "ssl_keyfile_password": CERTIFICATE,
    "ssl_ciphers": CERTIFICATE,
    "ssl_cert_reqs": CERTIFICATE | {"ssl_ca_certs": "/a"},
    "ssl_ca_certs": CERTIFICATE | {"ssl_cert_reqs": 1},
}
"""What some options make no sense without."""

ONE_VALUE = {"ssl_version"}


@pytest.mark.parametrize(
    "option",
    [each for each in NAMED if each not in SWITCHES and each.name not in ONE_VALUE],
    ids=lambda option: option.name,
)
def test_option_and_variable_reach_the_configuration(
    option: Option, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, value = sample(option)
    companions = COMPANIONS.get(option.name, {})
    others = [word for name, of in companions.items() for word in (flag_of(name), str(of))]
    from_option = parse("main:app", option.flag, text, *others)
    for variable in option.environment:
        with monkeypatch.context() as environment:
            environment.setenv(variable, text)
            assert parse("main:app", *others) == from_option
    expected = Config(app="main:app", **{option.name: value, **companions})
    assert Config(**from_option) == expected != Config(app="main:app")


@pytest.mark.parametrize("option", SWITCHES, ids=lambda option: option.name)
def test_switches_go_both_ways(option: Option, monkeypatch: pytest.MonkeyPatch) -> None:
    off = option.flag.replace("--", "--no-")
    assert parse("main:app", option.flag) == {"app": "main:app", option.name: True}
    assert parse("main:app", off) == {"app": "main:app", option.name: False}
    for text, value in (("true", True), ("0", False)):
        monkeypatch.setenv(option.environment[0], text)
        assert parse("main:app") == {"app": "main:app", option.name: value}


def test_without_options_the_defaults_are_those_of_the_configuration() -> None:
    assert parse("main:app") == {"app": "main:app"}


def test_the_application_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WSGATE_APP", "shop:app")
    assert parse() == {"app": "shop:app"}
    assert parse("main:app") == {"app": "main:app"}


def test_the_command_line_wins_over_our_variable_and_ours_over_the_shared_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "10.0.0.1")
    assert parse("main:app")["forwarded_allow_ips"] == "10.0.0.1"
    monkeypatch.setenv("WSGATE_FORWARDED_ALLOW_IPS", "10.0.0.2")
    assert parse("main:app")["forwarded_allow_ips"] == "10.0.0.2"
    arguments = ("main:app", "--forwarded-allow-ips", "10.0.0.3")
    assert parse(*arguments)["forwarded_allow_ips"] == "10.0.0.3"


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WSGATE_UDS", "")
    assert parse("main:app") == {"app": "main:app"}


def test_repeated_options(monkeypatch: pytest.MonkeyPatch) -> None:
    headers = ("X-A: 1, 2", "X-B: 3")
    assert parse("main:app", "--header", headers[0], "--header", headers[1])["headers"] == headers
    monkeypatch.setenv("WSGATE_HEADER", "\n X-A: 1, 2\nX-B: 3\n")
    assert parse("main:app")["headers"] == headers
    monkeypatch.setenv("WSGATE_ALLOW_ORIGIN", "https://a.example, https://b.example")
    assert parse("main:app")["allow_origins"] == ("https://a.example", "https://b.example")
    monkeypatch.setenv("WSGATE_BIND", "127.0.0.1:80,unix:/run/a")
    assert parse("main:app")["bind"] == ("127.0.0.1:80", "unix:/run/a")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            [],
            "APP must name the application as module:attribute, for example main:app",
        ),
        (["main:app", "--port", "70000"], "--port must be at most 65535, not 70000"),
        (["main:app", "--port", "x"], "Invalid value for '--port': 'x' is not a valid integer."),
        (
            ["main:app", "--http", "h2"],
            "Invalid value for '--http': 'h2' is not one of 'httptools', 'h11'.",
        ),
        (
            ["main:app", "--ws-max-size", "16MB"],
            "--ws-max-size must be a number of bytes, also as 64KiB or 16MiB, not '16MB'",
        ),
        (["main:app", "--header", "X"], "--header must be written \"Name: value\", not 'X'"),
        (["main:app", "more"], "Got unexpected extra argument (more)"),
        (
            ["main:app", "--uds", "a", "--fd", "3"],
            "--uds and --fd exclude each other: give one of them",
        ),
        (
            ["main:app", "--port", "1", "--bind", "[::1]:1"],
            "--bind and --port exclude each other: say it with --bind alone",
        ),
    ],
    ids=lambda value: "_".join(value[-2:]) if isinstance(value, list) else "",
)
def test_a_wrong_option_is_refused_in_one_line(arguments: list[str], sentence: str) -> None:
    result = invoke(*arguments)
    assert (result.exit_code, result.output) == (2, f"Error: {sentence}\n")


def test_a_misspelled_option_is_refused_with_the_right_one() -> None:
    result = invoke("main:app", "--prot", "80")
    assert result.exit_code == 2
    assert result.output.startswith("Error: No such option")
    assert "--port" in result.output
    assert result.output.count("\n") == 1


def test_a_wrong_variable_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WSGATE_WS_MAX_QUEUE", "0")
    result = invoke("main:app")
    assert result.exit_code == 2
    assert result.output == "Error: WSGATE_WS_MAX_QUEUE must be at least 1, not 0\n"


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("WSGATE_PORT", "tcp://10.0.0.1:80", "'tcp://10.0.0.1:80' is not a valid integer."),
        ("WSGATE_ACCESS_LOG", "maybe", "'maybe' is not a valid boolean."),
        ("WEB_CONCURRENCY", "many", "'many' is not a valid integer."),
    ],
)
def test_a_variable_that_cannot_be_read_is_refused_by_its_name(
    name: str, value: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    result = invoke("main:app")
    assert result.exit_code == 2
    assert result.output.startswith(f"Error: Invalid value for {name}: {problem[:-1]}")
    assert result.output.count("\n") == 1


def test_help_shows_every_option_in_its_group_with_unit_and_default() -> None:
    result = invoke("--help")
    assert result.exit_code == 0
    text = " ".join(result.output.split())
    for option in NAMED:
        assert f" {option.flag} " in text
        assert "".join(option.help.split()) in "".join(text.split())  # wrapped at hyphens too
        assert f"[default: {option.default_text}]" in text or not option.default_text
    headings = [
        line for line in result.output.splitlines() if line.endswith(":") and line[0] != " "
    ]
    groups = [f"{group}:" for group in dict.fromkeys(each.group for each in NAMED)]
    assert headings == [*groups, "Configuration:", "About:"]
    assert "--ws-max-size BYTES" in text
    assert "--timeout-keep-alive SECONDS" in text


def test_version_names_form_interpreter_platform_and_companions() -> None:
    form = "plain" if str(frames.__file__).endswith(".py") else "compiled"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    assert invoke("--version").output == (
        f"wsgate {wsgate.__version__} ({form}), {python} on {platform.system()}, "
        f"uvloop {version('uvloop')}, httptools {version('httptools')}, h11 {version('h11')}\n"
    )


def test_version_without_a_companion(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wsgate.cli._COMPANIONS", ("no-such-package", "h11"))
    assert invoke("--version").output.endswith(f"{platform.system()}, h11 {version('h11')}\n")


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        pytest.param(["ends:app"], 0, id="ended-by-a-signal"),
        pytest.param(["ends:make", "--factory"], 0, id="factory"),
        pytest.param(["fails:app"], 3, id="lifespan-failed"),
    ],
)
def test_the_exit_code_is_that_of_the_server(
    app_dir: Path, arguments: list[str], exit_code: int
) -> None:
    done = start(app_dir, "-m", "wsgate", *arguments, "--port", "0")
    assert done.returncode == exit_code, done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["ends:ap"], "module ends has no attribute ap; did you mean app?"),
        (
            ["end:app"],
            "there is no module end in {} (--app-dir) or on sys.path; did you mean ends?",
        ),
        (["ends"], "'ends' names no application; expected module:attribute, for example main:app"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_a_wrong_application_is_one_sentence(
    app_dir: Path, arguments: list[str], sentence: str
) -> None:
    done = start(app_dir, "-m", "wsgate", *arguments, "--port", "0")
    assert (done.returncode, done.stderr) == (1, f"Error: {sentence.format(app_dir)}\n")


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize(
    ("arguments", "beginning"),
    [
        (["--port", "{taken}"], "--host 127.0.0.1 --port {taken} is in use: stop the program"),
        (["--bind", "127.0.0.1:{taken}"], "--bind 127.0.0.1:{taken} is in use: stop the program"),
        (["--host", "192.0.2.1"], "--host 192.0.2.1 --port 8000 is no address of this machine: "),
        (["--uds", "/no/x.sock"], "--uds '/no/x.sock' cannot be made (No such file or directory"),
        (["--fd", "99"], "--fd 99 is no socket (Bad file descriptor): give the number of"),
        (
            ["--bind", "unix:x.sock", "--uds-owner", "no-such-user"],
            "--uds-owner 'no-such-user' is not known here (",
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_where_nobody_can_listen_is_one_sentence(
    app_dir: Path, arguments: list[str], beginning: str, workers: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        arguments = [argument.format(taken=port) for argument in arguments]
        command = ("-m", "wsgate", "ends:app", "--workers", workers, "--log-level", "critical")
        done = start(app_dir, *command, *arguments)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: {beginning.format(taken=port)}")
    assert done.stderr.count("\n") == 1


def test_an_application_that_raises_is_shown_with_its_traceback(app_dir: Path) -> None:
    done = start(app_dir, "-m", "wsgate", "needs:app", "--port", "0")
    lines = done.stderr.splitlines()
    assert done.returncode == 1
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1].endswith('needs.py", line 1, in <module>')
    assert lines[-1].startswith("Error: module needs cannot be imported: ModuleNotFoundError: ")


@pytest.mark.parametrize(
    ("application", "outcome"), [("ends:app", "returned None"), ("fails:app", "left with 3")]
)
def test_run_returns_after_a_clean_end_and_exits_otherwise(
    app_dir: Path, application: str, outcome: str
) -> None:
    script = f"""
import wsgate
try:
    print("returned", wsgate.run({application!r}, port=0))
except SystemExit as end:
    print("left with", end.code)
"""
    done = start(app_dir, "-c", script)
    assert done.stdout.splitlines()[-1] == outcome, done.stderr


def test_run_raises_what_is_wrong() -> None:
    with pytest.raises(ConfigError, match="--port must be at most 65535"):
        wsgate.run("main:app", port=70_000)
    with pytest.raises(StartupError, match="expected module:attribute"):
        wsgate.run("main")


def test_importing_the_package_brings_no_server(app_dir: Path) -> None:
    script = "import sys, wsgate; print('asyncio' in sys.modules, wsgate.Server.__module__)"
    assert start(app_dir, "-c", script).stdout.split() == ["False", "wsgate.server"]


def test_the_package_has_what_it_names_and_nothing_else() -> None:
    assert all(hasattr(wsgate, name) for name in wsgate.__all__)
    with pytest.raises(AttributeError, match="module 'wsgate' has no attribute 'Sever'"):
        wsgate.Sever  # type: ignore[attr-defined]  # noqa: B018
