"""The text of a message in the making: checked as it comes, in little more than its bytes."""

from __future__ import annotations

from typing import Final

from wsgate.websocket.payload import Payload
from wsgate.websocket.utf8 import Utf8Error, check

LARGE: Final = 4096
"""Letters of a piece of ASCII from which on it is kept as it is."""


class Text(Payload):
    """Pieces put together; size: their bytes in UTF-8.

    Most large texts are ASCII, and their pieces come decoded, at a byte a letter. The large ones
    are kept so, and joined once; all others are put together as bytes.
    """

    __slots__ = ("_pending",)

    def __init__(self) -> None:
        super().__init__()
        self._pending = b""

    def append(self, piece: str | bytes) -> None:
        """Add a piece, bytes or a `str` that is ASCII; raises Utf8Error at the first wrong byte."""
        if isinstance(piece, str):
            if len(piece) >= LARGE and not self._pending:
                self.size += len(piece)
                self._set_aside()
                self._blocks.append(piece)
                return
            piece = piece.encode()
        self._pending = check(self._pending, piece)
        super().append(piece)

    def decode(self) -> str:
        """Give the whole; raises Utf8Error where it ends inside a code point."""
        if self._pending:
            raise Utf8Error("a text ends inside a code point")
        self._set_aside()
        blocks = self._blocks
        if len(blocks) > 1 and all(block.isascii() for block in blocks):
            return "".join([b if isinstance(b, str) else b.decode() for b in blocks])
        # Each decoded by itself, the wide ones would take up to four times their size, and twice.
        whole = b"".join([b.encode() if isinstance(b, str) else b for b in blocks])
        blocks.clear()
        return whole.decode()
