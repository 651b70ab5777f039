"""The verdict on a drain sees each way in which the promise can be broken."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import struct
from pathlib import Path
from typing import Any, NoReturn

import pytest

from conformance.drain.crowd import Client
from conformance.drain.resets import Resets
from conformance.drain.verdict import broken, spread

pytestmark = pytest.mark.once

SENT = 5


def ended(**changes: Any) -> Client:
    """A client whose end was as promised, but for the changes."""
    loop = asyncio.new_event_loop()
    client = Client("a", loop)
    loop.close()
    as_promised = {"sent": SENT, "arrived": 4, "received": 3, "code": 1012, "clean": True}
    for name, value in (as_promised | changes).items():
        setattr(client, name, value)
    return client


def journal(directory: Path, **changes: Any) -> Path:
    line = {"name": "/a", "received": 4, "in_order": True, "sent": 3, "code": 1012} | changes
    path = directory / "journal"
    path.write_text(json.dumps(line) + "\n")
    return path


def test_what_was_promised_was_kept(tmp_path: Path) -> None:
    assert not broken([ended()], journal(tmp_path), 1012)


@pytest.mark.parametrize(
    ("client", "line", "letter"),
    [
        pytest.param({"received": 2}, {}, "(a)", id="sent-and-lost"),
        pytest.param({"in_order": False}, {}, "(a)", id="a-gap-at-the-client"),
        pytest.param({}, {"received": 3}, "(b)", id="arrived-and-dropped"),
        pytest.param({}, {"received": 6}, "(b)", id="more-than-was-sent"),
        pytest.param({}, {"in_order": False}, "(b)", id="a-gap-in-the-application"),
        pytest.param({"code": 1001}, {}, "(c)", id="another-code"),
        pytest.param({"code": 0, "clean": False}, {}, "(c)", id="cut"),
        pytest.param({"clean": False}, {}, "(c)", id="no-end-of-the-stream"),
        pytest.param({}, {"name": "/b"}, "(d)", id="no-disconnect"),
        pytest.param({}, {"code": 1006}, "(d)", id="told-otherwise"),
        pytest.param({"reset": True}, {}, "(e)", id="reset"),
    ],
)
def test_what_was_broken_is_seen(
    client: dict[str, Any], line: dict[str, Any], letter: str, tmp_path: Path
) -> None:
    (found,) = broken([ended(**client)], journal(tmp_path, **line), 1012)
    assert found.startswith(letter)


def test_RST_of_the_server_counts_and_of_the_client_does_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        resets = Resets(listener.getsockname()[1])
        for is_server in (True, False, True):
            client = socket.create_connection(listener.getsockname())
            one, other = (client, listener.accept()[0])[:: -1 if is_server else 1]
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            one.close()
            other.close()
    assert resets.count() == (2 if os.geteuid() == 0 else 0)


def test_who_may_not_see_packets_counts_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(port: int) -> NoReturn:
        raise PermissionError

    monkeypatch.setattr("conformance.drain.resets._listening", refused)
    assert Resets(80).count() == 0


def test_the_spread() -> None:
    clients = [ended(closed_at=at) for at in (8.0, 1.0, 1.75, 1.5, 2.0, 2.25, 2.5)]
    assert spread(clients) == (7.0, 4)
    assert spread(clients[:1]) == (0.0, 1)
    assert spread([ended(code=0)]) == (0.0, 0)
