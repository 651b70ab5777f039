"""The frame of one message for many connections: who broadcasts an object pays for it once."""

from __future__ import annotations

from typing import Final

LARGEST: Final = 65_536
"""Bytes of a payload that are kept at most, one message for all connections."""

ALONE: Final = -1
PLAIN: Final = 0
"""Forms: made for one connection alone, whose compressor remembers what came before; untransformed.
Any other number stands for the parameters of an extension that transforms each message by itself.
"""


class Made:
    """A frame, and the object that it was made of. size: bytes of the payload before encoding."""

    __slots__ = ("form", "frame", "message", "size")

    def __init__(self, message: str | bytes | None, form: int, size: int, frame: bytes) -> None:
        self.message = message
        self.form = form
        self.size = size
        self.frame = frame


NONE_MADE: Final = Made(None, ALONE, 0, b"")


class FrameCache:
    """Keep the frame that was made last, once its message is sent for the second time in a row.

    Objects are told apart by identity, so nothing is compared and nothing hashed. last: to be read
    once and looked at then, since messages are compressed in other threads too. seen: the message
    that was sent last, unless it is over LARGEST; set by who makes a frame.
    """

    __slots__ = ("last", "seen")

    def __init__(self) -> None:
        self.last = NONE_MADE
        self.seen: str | bytes | None = None

    def keep(self, made: Made) -> None:
        """Keep the frame of what was `seen`, unless another connection's would differ."""
        if made.form != ALONE:
            self.last = made
