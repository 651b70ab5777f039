"""permessage-deflate for all WebSockets of a worker: what is agreed, and what it may hold."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace

from wsgate.websocket.deflate import Engine, PerMessageDeflate
from wsgate.websocket.deflate_negotiation import Agreement, DeflateSettings, negotiate
from wsgate.websocket.deflate_stock import Stock, compressor_size, inflater_size
from wsgate.websocket.headers import ExtensionOffer


class Compression:
    """What all connections share: memory, counted, and threads.

    cap: bytes that all connections together may hold between messages. held: bytes that the open
    ones may come to hold; in_use: those that they did at their last looks, and watch: is told
    whenever that changes. executor: for large messages; not the loop's own, whose threads an
    application may fill with calls that wait for a `send()`.
    """

    def __init__(self, cap: int) -> None:
        self.cap = cap
        self.held = 0
        self.in_use = 0
        self.watch: Callable[[int], None] | None = None
        self.executor: Executor = ThreadPoolExecutor(os.cpu_count(), "wsgate-deflate")
        self._stock = Stock()

    def engine(self, agreement: Agreement) -> Engine:
        """Give what makes compressors and inflaters: some at a time where they last."""
        lasting = agreement.server_takeover and agreement.client_takeover
        return self._stock if lasting else zlib

    def use(self, size: int) -> None:
        """Count what came into use; negative: what was freed."""
        self.in_use += size
        if size and self.watch is not None:
            self.watch(self.in_use)


class Negotiator:
    """Agree on compression, with memory kept between messages as long as the cap allows it.

    compression: what is shared with the connections of other negotiators. settings: what this
    server wants; above the cap, new connections agree on no context takeover and hold nothing
    between messages.
    """

    __slots__ = ("_frugal", "_settings", "compression")

    def __init__(self, compression: Compression, settings: DeflateSettings) -> None:
        self.compression = compression
        self._settings = settings
        self._frugal = replace(settings, takeover=False)

    def agree(self, offers: Iterable[ExtensionOffer]) -> Share | None:
        """Answer a client's offers; None where there is none that can be obeyed."""
        compression = self.compression
        settings = self._settings if compression.held < compression.cap else self._frugal
        agreed = negotiate(offers, settings)
        if agreed is None:
            return None
        answer, agreement = agreed
        return Share(compression, answer, agreement, settings)


class Share:
    """A connection's part: its extension, and what that may hold until `end()`.

    answer: for Sec-WebSocket-Extensions.
    """

    __slots__ = (
        "_compression",
        "_compressor",
        "_in_use",
        "_inflater",
        "_received",
        "_sent",
        "answer",
        "extension",
    )

    def __init__(
        self, compression: Compression, answer: str, agreement: Agreement, settings: DeflateSettings
    ) -> None:
        self.answer = answer
        self.extension = PerMessageDeflate(agreement, settings, compression.engine(agreement))
        self._compression = compression
        self._compressor = agreement.server_takeover * compressor_size(
            agreement.server_window_bits, settings.mem_level
        )
        self._inflater = agreement.client_takeover * inflater_size(agreement.client_window_bits)
        self._in_use = 0
        self._sent = 0
        self._received = 0
        compression.held += self._compressor + self._inflater

    @property
    def executor(self) -> Executor:
        """Threads to compress in."""
        return self._compression.executor

    def look(self, sent: int, received: int) -> None:
        """Free what has compressed, or inflated, no message since the last look.

        sent, received: messages until now.
        """
        extension = self.extension
        if sent == self._sent:
            extension.release_compressor()
        if received == self._received:
            extension.release_inflater()
        self._sent, self._received = sent, received
        self._use(
            self._compressor * extension.has_compressor + self._inflater * extension.has_inflater
        )

    def ratios(self) -> tuple[float | None, float | None]:
        """By how much messages were larger than what stood for them, in and out; None: none was."""
        extension = self.extension
        return (
            ratio(extension.plain_in, extension.packed_in),
            ratio(extension.plain_out, extension.packed_out),
        )

    def end(self) -> None:
        """Give back what was counted."""
        self._use(0)
        self._compression.held -= self._compressor + self._inflater
        self._compressor = self._inflater = 0

    def _use(self, size: int) -> None:
        self._compression.use(size - self._in_use)
        self._in_use = size


def ratio(plain: int, packed: int) -> float | None:
    """Divide, where there is something."""
    return plain / packed if packed else None
