"""The loggers as they are set up: streams, levels, colours, and the user's own configuration."""

import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from wsgate.config import Config
from wsgate.errors import StartupError
from wsgate.observe.formatters import TRACE, LevelFormatter
from wsgate.observe.logging import configure_logging

LEVELS = {
    "critical": (logging.CRITICAL, "CRITICAL: message\n", "\x1b[91mCRITICAL\x1b[0m: message\n"),
    "error": (logging.ERROR, "ERROR:    message\n", "\x1b[31mERROR\x1b[0m:    message\n"),
    "warning": (logging.WARNING, "WARNING:  message\n", "\x1b[33mWARNING\x1b[0m:  message\n"),
    "info": (logging.INFO, "INFO:     message\n", "\x1b[32mINFO\x1b[0m:     message\n"),
    "debug": (logging.DEBUG, "DEBUG:    message\n", "\x1b[36mDEBUG\x1b[0m:    message\n"),
    "trace": (TRACE, "TRACE:    message\n", "\x1b[34mTRACE\x1b[0m:    message\n"),
}
INI = """
[loggers]
keys=root,access
[handlers]
keys=file
[formatters]
keys=plain
[logger_root]
level=WARNING
handlers=
[logger_access]
level=INFO
qualname=wsgate.access
propagate=0
handlers=file
[handler_file]
class=FileHandler
args=({path!r},)
formatter=plain
[formatter_plain]
format=ours %(message)s
"""


def config(**options: Any) -> Config:
    return Config(app="module:app", **options)


def settings(path: Path) -> dict[str, Any]:
    return {
        "version": 1,
        "formatters": {
            "plain": {"()": "wsgate.observe.formatters.LevelFormatter", "fmt": "ours %(message)s"}
        },
        "handlers": {
            "file": {"class": "logging.FileHandler", "filename": str(path), "formatter": "plain"}
        },
        "loggers": {"wsgate.access": {"handlers": ["file"], "level": "INFO", "propagate": False}},
    }


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("colors", [False, True])
def test_format(capsys: pytest.CaptureFixture[str], level: str, colors: bool) -> None:
    configure_logging(config(log_level="trace", use_colors=colors))
    number, plain, colored = LEVELS[level]
    logging.getLogger("wsgate.error").log(number, "message")
    logging.getLogger("wsgate.access").log(number, "message")
    line = colored if colors else plain
    assert capsys.readouterr() == (line, line)


def test_error_goes_to_stderr_and_access_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(config())
    logging.getLogger("wsgate").info("from %s", "the parent")
    logging.getLogger("wsgate.error").info("from error")
    logging.getLogger("wsgate.access").info("from access")
    out, err = capsys.readouterr()
    assert out == "INFO:     from access\n"
    assert err == "INFO:     from the parent\nINFO:     from error\n"


@pytest.mark.parametrize("level", LEVELS)
def test_level(level: str) -> None:
    configure_logging(config(log_level=level))
    enabled = [
        name
        for name, (number, *_) in LEVELS.items()
        if logging.getLogger("wsgate.error").isEnabledFor(number)
        and logging.getLogger("wsgate.access").isEnabledFor(number)
    ]
    assert enabled == list(LEVELS)[: list(LEVELS).index(level) + 1]


def test_another_level_has_no_color() -> None:
    record = logging.LogRecord("wsgate", 25, "", 0, "message", None, None)
    formatter = LevelFormatter("%(levelprefix)s %(message)s", use_colors=True)
    assert formatter.format(record) == "Level 25: message"


def test_again_leaves_one_line_and_the_root_alone(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    configure_logging(config())
    configure_logging(config(log_level="warning"))
    logging.getLogger("wsgate.error").info("not shown")
    logging.getLogger("wsgate.error").warning("shown")
    assert capsys.readouterr() == ("", "WARNING:  shown\n")
    assert (root.handlers, root.level) == before


@pytest.mark.parametrize(
    ("no_color", "use_colors", "colored"),
    [
        pytest.param(None, None, True, id="auto"),
        pytest.param("", None, True, id="auto-empty-NO_COLOR"),
        pytest.param("1", None, False, id="auto-NO_COLOR"),
        pytest.param("1", True, True, id="on-beats-NO_COLOR"),
        pytest.param(None, False, False, id="off"),
    ],
)
def test_colors_at_a_terminal(
    monkeypatch: pytest.MonkeyPatch,
    no_color: str | None,
    use_colors: bool | None,
    colored: bool,
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_color is not None:
        monkeypatch.setenv("NO_COLOR", no_color)
    reader, writer = os.openpty()
    with open(writer, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        configure_logging(config(use_colors=use_colors))
        logging.getLogger("wsgate.error").info("message")
    shown = os.read(reader, 100).decode().replace("\r\n", "\n")
    os.close(reader)
    assert shown == LEVELS["info"][2 if colored else 1]


def test_no_colors_in_a_file_or_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(config())
    logging.getLogger("wsgate.error").info("message")
    assert capsys.readouterr().err == "INFO:     message\n"


def test_a_closed_stdout_leaves_the_rest(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdout", None)  # as Python has it after `wsgate app:app >&-`
    configure_logging(config())
    logging.getLogger("wsgate.error").info("message")
    assert capsys.readouterr().err == "INFO:     message\n"


def text_of(kind: str, log: Path) -> str:
    # YAML holds JSON.
    return INI.format(path=str(log)) if kind in ("ini", "conf") else json.dumps(settings(log))


@pytest.mark.parametrize("kind", ["json", "JSON", "yaml", "yml", "ini", "conf"])
def test_log_config_file(tmp_path: Path, kind: str) -> None:
    log, file = tmp_path / "access.log", tmp_path / f"logging.{kind}"
    file.write_text(text_of(kind, log))
    bystander = logging.getLogger("bystander")
    root_level = logging.getLogger().level
    try:
        configure_logging(config(log_config=str(file), log_level="critical"))
    finally:
        logging.getLogger().setLevel(root_level)
    logging.getLogger("wsgate.access").info("line")
    assert log.read_text() == "ours line\n"
    assert not bystander.disabled
    assert not logging.getLogger("wsgate.error").disabled


def test_log_config_dictionary(tmp_path: Path) -> None:
    configure_logging(config(log_config=settings(tmp_path / "access.log")))
    logging.getLogger("wsgate.access").info("line")
    assert (tmp_path / "access.log").read_text() == "ours line\n"


def test_a_dictionary_may_silence_other_loggers(tmp_path: Path) -> None:
    bystander = logging.getLogger("bystander.silenced")
    known = logging.Logger.manager.loggerDict.values()
    heard = [each for each in known if isinstance(each, logging.Logger) and not each.disabled]
    configure_logging(
        config(log_config=settings(tmp_path / "a") | {"disable_existing_loggers": True})
    )
    silenced = bystander.disabled
    for each in heard:
        each.disabled = False
    assert silenced


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        pytest.param("x.json", None, "No such file", id="missing"),
        pytest.param("x.json", "", "JSONDecodeError: Expecting value", id="empty-json"),
        pytest.param("x.json", "[1]", "TypeError", id="json-list"),
        pytest.param("x.json", "{}", "version", id="json-without-version"),
        pytest.param(
            "x.json",
            '{"version": 1, "handlers": {"h": {"class": "nowhere.Handler"}}}',
            "Unable to configure handler 'h', Cannot resolve 'nowhere.Handler'",
            id="unknown-handler",
        ),
        pytest.param("x.yaml", "a: [1\nb: }", "ParserError", id="malformed-yaml"),
        pytest.param("x.ini", "no section", "no section headers", id="malformed-ini"),
        pytest.param("x.ini", "[loggers]\nkeys=root", "formatters", id="incomplete-ini"),
        pytest.param("x.ini", "\xff\xfe", "no section headers", id="text-that-is-none"),
    ],
)
def test_a_bad_file_is_one_sentence(
    tmp_path: Path, name: str, text: str | None, reason: str
) -> None:
    file = tmp_path / name
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(StartupError) as caught:
        configure_logging(config(log_config=str(file)))
    sentence = str(caught.value)
    assert sentence.startswith(f"--log-config cannot use {file} (")
    assert sentence.endswith(
        "): give a .json, .yaml or .ini file in the form of Python's logging.config"
    )
    assert reason in sentence
    assert "\n" not in sentence


def test_a_bad_dictionary_is_one_sentence() -> None:
    with pytest.raises(StartupError, match=r"^--log-config cannot use this dictionary \(Value"):
        configure_logging(config(log_config={"version": 9}))


def test_yaml_without_pyyaml_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)  # import then says that there is none
    file = tmp_path / "logging.yaml"
    file.write_text("version: 1")
    with pytest.raises(StartupError) as caught:
        configure_logging(config(log_config=str(file)))
    assert str(caught.value) == (
        f"--log-config {file} needs PyYAML: pip install wsgate[yaml], or give a .json or .ini file"
    )
