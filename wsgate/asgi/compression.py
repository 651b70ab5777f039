"""permessage-deflate for all WebSockets of a worker: what is agreed, and what it may hold."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from typing import Final

from wsgate.websocket.deflate import PerMessageDeflate
from wsgate.websocket.deflate_negotiation import Agreement, DeflateSettings, negotiate
from wsgate.websocket.headers import ExtensionOffer

INFLATER_OVERHEAD: Final = 7 * 1024
"""Bytes of an inflater beside its window (zlib's own documentation)."""


class Compression:
    """Agree on compression, with memory kept between messages as long as the cap allows it.

    settings: what this server wants. cap: bytes that all connections together may hold; above
    it, new ones agree on no context takeover and hold nothing between messages. held: bytes
    that the open ones may come to hold. executor: for large messages; not the loop's own, whose
    threads an application may fill with calls that wait for a `send()`.
    """

    def __init__(self, settings: DeflateSettings, cap: int) -> None:
        self.held = 0
        self.executor: Executor = ThreadPoolExecutor(os.cpu_count(), "wsgate-deflate")
        self._cap = cap
        self._settings = settings
        self._frugal = replace(settings, takeover=False)

    def agree(self, offers: Iterable[ExtensionOffer]) -> Share | None:
        """Answer a client's offers; None where there is none that can be obeyed."""
        settings = self._settings if self.held < self._cap else self._frugal
        agreed = negotiate(offers, settings)
        if agreed is None:
            return None
        answer, agreement = agreed
        return Share(
            self, answer, PerMessageDeflate(agreement, settings), memory_of(agreement, settings)
        )


class Share:
    """A connection's part: its extension, and what that may hold until `end()`.

    answer: for Sec-WebSocket-Extensions.
    """

    __slots__ = ("_compression", "_held", "_messages_seen", "answer", "extension")

    def __init__(
        self, compression: Compression, answer: str, extension: PerMessageDeflate, held: int
    ) -> None:
        self.answer = answer
        self.extension = extension
        self._compression = compression
        self._held = held
        self._messages_seen = 0
        compression.held += held

    @property
    def executor(self) -> Executor:
        """Threads to compress in."""
        return self._compression.executor

    def look(self, messages_sent: int) -> None:
        """Free the compressor of a connection that has sent nothing since the last look."""
        if messages_sent == self._messages_seen:
            self.extension.release()
        self._messages_seen = messages_sent

    def end(self) -> None:
        """Give back what was counted."""
        self._compression.held -= self._held
        self._held = 0


def memory_of(agreement: Agreement, settings: DeflateSettings) -> int:
    """Bytes that zlib holds between messages, as its documentation (zconf.h) has it."""
    compressor = (1 << (agreement.server_window_bits + 2)) + (1 << (settings.mem_level + 9))
    inflater = (1 << agreement.client_window_bits) + INFLATER_OVERHEAD
    return compressor * agreement.server_takeover + inflater * agreement.client_takeover
