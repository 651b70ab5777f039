"""What docs/logging.md shows is what is logged."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path

import pytest

from tests.test_doc_examples import PROJECT, blocks
from wsgate.asgi.cause import INITIATORS
from wsgate.config import Config
from wsgate.observe.access_log import AccessLog, Ending
from wsgate.observe.formatters import JsonFormatter
from wsgate.observe.logging import configure_logging


def test_lines_of_the_access_log(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("wsgate.access")
    logger.propagate = True
    caplog.set_level(logging.INFO, "wsgate.access")
    log, client = AccessLog(Config(app="a:b")), "127.0.0.1:51234"
    log.http(client, "GET", b"/items/3?page=2", "1.1", 200)
    log.websocket_opened(client, b"/chat?token=x")
    ending = Ending(1000, "peer", "peer", 12.3, 5, 123, 6, 456, 3.1, 2.4, 0.021)
    log.websocket_closed(client, b"/chat?token=x", ending)
    log.http(client, "POST", b"/items", "1.1", 408, "timeout.body")
    log.refused(client, 400, "the request line is malformed")
    log.more("127.0.0.1", "refused 400", 118, 10.0)
    lines = "".join(f"{record.getMessage()}\n" for record in caplog.records)
    assert lines == blocks("logging.md", "text")[0]
    assert lines in (PROJECT / "wsgate" / "observe" / "README.md").read_text()
    shown = json.loads(blocks("logging.md", "json")[0])
    made = json.loads(JsonFormatter().format(caplog.records[0]))
    variable = {"time": shown["time"], "process": shown["process"]}
    assert list(shown.items()) == list({**made, **variable}.items())


def test_each_cause_and_who_ended_it() -> None:
    text = (PROJECT / "docs" / "logging.md").read_text()
    rows = dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", text, re.MULTILINE))
    assert rows == {cause.value: who.value for cause, who in INITIATORS.items()}


def test_a_configuration_of_ones_own(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "logging.json"
    file.write_text(blocks("logging.md", "json")[1])
    configure_logging(Config(app="a:b", log_config=str(file)))
    logging.getLogger("wsgate.error").info("hello")
    for handler in logging.getLogger("wsgate").handlers:
        handler.flush()
    assert json.loads(capfd.readouterr().err)["message"] == "hello"
