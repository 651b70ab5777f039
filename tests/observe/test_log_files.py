"""The log in files, and as JSON, as the configuration says."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from wsgate.config import Config
from wsgate.errors import StartupError
from wsgate.observe.logging import configure_logging, flush_logs, reopen_log_files


def config(**options: Any) -> Config:
    return Config(app="module:app", **options)


def say(text: str) -> None:
    logging.getLogger("wsgate.error").warning("%s", text)
    logging.getLogger("wsgate.access").info("%s", text)
    flush_logs()


def test_json_goes_where_text_goes(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(config(log_format="json", use_colors=True))
    say("hello")
    out, err = (json.loads(text) for text in capsys.readouterr())
    assert (out["logger"], out["level"], out["message"]) == ("wsgate.access", "INFO", "hello")
    assert (err["logger"], err["level"], err["message"]) == ("wsgate.error", "WARNING", "hello")


def test_a_file_for_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    error, access = tmp_path / "error", tmp_path / "access"
    configure_logging(config(error_log_file=str(error), access_log_file=str(access)))
    say("hello")
    assert error.read_text() == "WARNING:  hello\n"
    assert access.read_text() == "INFO:     hello\n"
    assert capsys.readouterr() == ("", "")


def test_set_up_again_it_closes_what_it_had(tmp_path: Path) -> None:
    for name in ("first", "second"):
        configure_logging(config(access_log_file=str(tmp_path / name)))
        logging.getLogger("wsgate.access").info(name)
    flush_logs()
    assert (tmp_path / "first").read_text() == "INFO:     first\n"
    assert (tmp_path / "second").read_text() == "INFO:     second\n"


@pytest.mark.parametrize("option", ["error_log_file", "access_log_file"])
def test_a_file_that_cannot_be_opened_is_one_sentence(tmp_path: Path, option: str) -> None:
    path = str(tmp_path / "missing" / "log")
    with pytest.raises(StartupError) as caught:
        configure_logging(config(**{option: path}))
    flag = "--" + option.replace("_", "-")
    assert str(caught.value) == f"{flag} cannot open {path} (No such file or directory)"


def test_a_file_that_cannot_be_reopened_stays(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    error, access = tmp_path / "error", folder / "access"
    configure_logging(config(error_log_file=str(error), access_log_file=str(access)))
    folder.rename(tmp_path / "moved")
    reopen_log_files()
    say("hello")
    assert "the old one stays: [Errno 2] No such file" in error.read_text()
    assert (tmp_path / "moved" / "access").read_text() == "INFO:     hello\n"
