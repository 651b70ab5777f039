"""What is logged of an application that raises, and what is nobody's mistake."""

from __future__ import annotations

import logging

import pytest

from tests.client import Client
from tests.conftest import Serve
from wsgate.asgi.outcome import stems_from_departure
from wsgate.asgi.types import Receive, Scope, Send
from wsgate.errors import Disconnected


class FrameworkError(Exception):
    """What a framework makes of an OSError."""


class GroupedError(Exception):
    """As an exception group, which Python 3.10 has not."""

    def __init__(self, *exceptions: object) -> None:
        self.exceptions = exceptions


def raised_during(cause: Exception, error: Exception) -> Exception:
    error.__context__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        pytest.param(Disconnected("gone"), True, id="itself"),
        pytest.param(raised_during(Disconnected("gone"), FrameworkError()), True, id="translated"),
        pytest.param(GroupedError(Disconnected("gone")), True, id="in-a-group"),
        pytest.param(OSError("a disk is full"), False, id="other-oserror"),
        pytest.param(raised_during(OSError("no"), FrameworkError()), False, id="other-cause"),
        pytest.param(GroupedError(Disconnected("gone"), KeyError("x")), False, id="mixed-group"),
        pytest.param(GroupedError(Disconnected), False, id="classes-are-no-group"),
        pytest.param(GroupedError(), False, id="empty-group"),
    ],
)
def test_what_stems_from_a_departure(error: Exception, verdict: bool) -> None:
    assert stems_from_departure(error) is verdict


@pytest.mark.parametrize("level", [logging.INFO, logging.DEBUG])
def test_a_translated_departure_is_a_line_and_no_error(
    serving: Serve, caplog: pytest.LogCaptureFixture, level: int
) -> None:
    caplog.set_level(level, "wsgate.error")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        try:
            await send({"type": "http.response.body", "body": b"second"})
        except OSError:
            raise FrameworkError from None

    with serving(app) as server, Client(server.connect()) as client:
        client.send(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n")
        client.read_until(b"first")
        client.reset()
    records = [each for each in caplog.records if "FrameworkError()" in each.getMessage()]
    assert [each.levelno for each in records] == [logging.INFO]
    assert bool(records[0].exc_info) is (level == logging.DEBUG)
    assert not [each for each in caplog.records if each.levelno > logging.INFO]
