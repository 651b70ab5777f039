"""A record as JSON."""

import json
import logging
import sys
from datetime import datetime, timezone
from typing import Any

import pytest

from wsgate.config import Config
from wsgate.observe.access_log import AccessLog
from wsgate.observe.formatters import JsonFormatter


def record(message: str = "message", *args: Any, **changes: Any) -> logging.LogRecord:
    made = logging.LogRecord("wsgate.error", logging.WARNING, "", 0, message, args, None)
    vars(made).update(changes)
    return made


def shown(made: logging.LogRecord) -> dict[str, Any]:
    line = JsonFormatter().format(made)
    assert line.isascii()
    assert "\n" not in line
    read: dict[str, Any] = json.loads(line)
    return read


def test_the_keys_in_their_order() -> None:
    fields = shown(record("%d of %s", 1, "two", created=1_000_000_000.1234))
    assert list(fields.items()) == [
        ("time", "2001-09-09T01:46:40.123Z"),
        ("level", "WARNING"),
        ("logger", "wsgate.error"),
        ("process", record().process),
        ("message", "1 of two"),
    ]


def test_the_time_can_be_read_again() -> None:
    made = record()
    time = datetime.fromisoformat(shown(made)["time"].replace("Z", "+00:00"))
    assert time.tzinfo == timezone.utc
    assert abs(time.timestamp() - made.created) < 0.002


def test_one_mapping_of_arguments_gives_keys_that_replace_none_of_ours() -> None:
    fields = shown(record("%(a)s", {"a": {1, 2}, "level": "mine", "code": 1000}))
    assert fields["a"] == "{1, 2}"
    assert (fields["level"], fields["code"], fields["message"]) == ("WARNING", 1000, "{1, 2}")


def test_an_exception_is_one_text() -> None:
    try:
        raise ZeroDivisionError("on purpose")
    except ZeroDivisionError:
        made = record(exc_info=sys.exc_info())
    assert shown(made)["exception"].endswith("ZeroDivisionError: on purpose")


@pytest.mark.parametrize("text", ["a\nb\u2028c\0", "half \ud83d", 'quoted " and \\'])
def test_any_text_is_one_line(text: str) -> None:
    assert shown(record("%s", text))["message"] == text


def test_a_line_of_the_access_log(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("wsgate.access")
    logger.propagate = True
    caplog.set_level(logging.INFO, "wsgate.access")
    AccessLog(Config(app="a:b")).http("192.0.2.1:5", "GET", b"/?token=1", "1.1", 200)
    fields = shown(caplog.records[0])
    assert fields["message"] == '192.0.2.1:5 - "GET /?token=[redacted] HTTP/1.1" 200'
    assert {name: fields[name] for name in list(fields)[5:]} == {
        "event": "request",
        "client": "192.0.2.1:5",
        "method": "GET",
        "target": "/?token=[redacted]",
        "http_version": "1.1",
        "status": 200,
    }
