"""Who visits the chat: the client side of its messages over the `websockets` package."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.serving import TIMEOUT, Serving

SUBPROTOCOLS = [Subprotocol("other"), Subprotocol("wsgate.chat")]


class Visitor:
    """Speaks and hears dicts."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def tell(self, kind: str, **fields: object) -> None:
        """Send one message."""
        self.connection.send(json.dumps({"type": kind, **fields}))

    def hear(self) -> dict[str, Any]:
        """Wait for the next message, whatever it is."""
        message = json.loads(self.connection.recv(TIMEOUT))
        assert isinstance(message, dict)
        return message

    def hear_until(self, kind: str) -> dict[str, Any]:
        """Pass over other messages until one of this type comes."""
        while (message := self.hear())["type"] != kind:
            pass
        return message

    def hear_close(self) -> tuple[int, str]:
        """Pass over all messages until the server closes: its code and reason."""
        try:
            while True:
                self.connection.recv(TIMEOUT)
        except ConnectionClosed as closed:
            close = closed.rcvd
        assert close is not None, "the connection was lost without a Close"
        return close.code, close.reason


@contextmanager
def at_the_door(server: Serving, **options: Any) -> Iterator[Visitor]:
    """Connect without a join; options: of `connect`."""
    with connect(f"{server.ws_url}/ws", subprotocols=SUBPROTOCOLS, **options) as connection:
        assert connection.subprotocol == "wsgate.chat"
        yield Visitor(connection)


@contextmanager
def visiting(server: Serving, name: str, **options: Any) -> Iterator[Visitor]:
    """Connect and join; the welcome is still to be heard."""
    with at_the_door(server, **options) as visitor:
        visitor.tell("join", name=name)
        yield visitor
