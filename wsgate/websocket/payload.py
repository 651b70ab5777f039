"""The payload of a message in the making, in little more memory than its bytes are."""

from __future__ import annotations

from io import BytesIO
from typing import Any, Final

BLOCK: Final = 64 * 1024
"""Bytes that are put together before they are set aside."""


class Payload:
    """Pieces put together; size: their bytes.

    A buffer that grows takes up to an eighth more than it holds, which is 2 MiB for a message of
    16. Here only the block of small pieces grows; a large piece is a block by itself. They are
    joined once, when the message is complete.
    """

    __slots__ = ("_block", "_blocks", "_filled", "size")

    def __init__(self) -> None:
        self.size = 0
        self._filled = 0
        self._block = BytesIO()
        self._blocks: list[Any] = []

    def append(self, piece: bytes) -> None:
        """Add a piece."""
        size = len(piece)
        self.size += size
        if size >= BLOCK:
            self._set_aside()
            self._blocks.append(piece)
            return
        self._block.write(piece)
        self._filled += size
        if self._filled >= BLOCK:
            self._set_aside()

    def join(self) -> bytes:
        """Give the whole; nothing is copied where there is but one block."""
        self._set_aside()
        whole: bytes = b"".join(self._blocks)
        return whole

    def _set_aside(self) -> None:
        if self._filled:
            self._blocks.append(self._block.getvalue())
            self._block = BytesIO()
            self._filled = 0
