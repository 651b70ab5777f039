"""The payload of a message in the making, in little more memory than its bytes are."""

from __future__ import annotations

from io import BytesIO
from typing import Final

BLOCK: Final = 64 * 1024
"""Bytes that are put together before they are set aside."""


class Payload:
    """Pieces put together; size: their bytes.

    A buffer that grows takes up to an eighth more than it holds, which is 2 MiB for a message of
    16. Here only the last block grows, and the others are as long as what they hold. They are
    joined once, when the message is complete.
    """

    __slots__ = ("_block", "_blocks", "_full_at", "size")

    def __init__(self) -> None:
        self.size = 0
        self._full_at = BLOCK
        self._block = BytesIO()
        self._blocks: list[bytes] = []

    def append(self, piece: bytes) -> None:
        """Add a piece."""
        self._block.write(piece)
        self.size += len(piece)
        if self.size >= self._full_at:
            self._full_at = self.size + BLOCK
            self._blocks.append(self._block.getvalue())
            self._block = BytesIO()

    def join(self) -> bytes:
        """Give the whole; nothing is copied where there is but one block."""
        self._blocks.append(self._block.getvalue())
        return b"".join(self._blocks)
