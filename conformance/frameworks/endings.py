"""How a websocket ends, for tests that expect it."""

from __future__ import annotations

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from tests.e2e.process import TIMEOUT


def end_of(websocket: ClientConnection) -> tuple[int | None, str | None]:
    """Wait for the server's Close: its code and its reason."""
    with pytest.raises(ConnectionClosed):
        websocket.recv(TIMEOUT)
    return websocket.close_code, websocket.close_reason
