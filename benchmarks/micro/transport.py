"""A transport without a socket: what is written to it is counted and dropped."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from wsgate.net.http_connection import HttpConnection

_PLACES: dict[str, Any] = {"peername": ("127.0.0.1", 50_000), "sockname": ("127.0.0.1", 8000)}


class CountingTransport(asyncio.Transport):
    """Takes everything at once, as a socket whose peer keeps up.

    written: bytes since the start. last: the last piece that was written.
    """

    def __init__(self, protocol: HttpConnection) -> None:
        super().__init__()
        self._loop = asyncio.get_running_loop()
        self.written = 0
        self.last = b""
        self._protocol: Any = protocol  # asyncio and uvloop ask for its methods, not for its type
        self._closing = False
        protocol.connection_made(self)

    def deliver(self, data: bytes) -> None:
        """Give the protocol what the peer sends, out of the loop as any transport does."""
        self._loop.call_soon(self._protocol.data_received, data)

    def write(self, data: Any) -> None:
        """Count."""
        self.written += len(data)
        self.last = data

    def writelines(self, pieces: Iterable[Any]) -> None:
        """Count each."""
        for piece in pieces:
            self.write(piece)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Give the addresses of both ends."""
        return _PLACES.get(name, default)

    def set_protocol(self, protocol: Any) -> None:
        """Tell another protocol from now on."""
        self._protocol = protocol

    def get_protocol(self) -> Any:
        """Give the protocol that is told."""
        return self._protocol

    def is_closing(self) -> bool:
        """Whether one of `close`, `abort` was called."""
        return self._closing

    def get_write_buffer_size(self) -> int:
        """Give 0: nothing waits."""
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Do nothing: the buffer is always empty."""

    def pause_reading(self) -> None:
        """Do nothing: who drives this waits for the application by himself."""

    def resume_reading(self) -> None:
        """Do nothing."""

    def can_write_eof(self) -> bool:
        """Say yes, as TCP."""
        return True

    def write_eof(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """End the connection: nothing waits."""
        self.abort()

    def abort(self) -> None:
        """End the connection."""
        if not self._closing:
            self._closing = True
            self._loop.call_soon(self._protocol.connection_lost, None)
