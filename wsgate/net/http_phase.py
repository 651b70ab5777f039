"""What a connection is about while it speaks HTTP."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Phase(Enum):
    """What the connection is about; the deadline means something else in each."""

    FIRST_HEAD = "the head of the first request, within the handshake timeout from accept"
    SERVING = "a response; the rest of the body, where that is the peer's to send"
    DISCARDING = "the rest of a body, and room to send, within the keep-alive timeout"
    IDLE = "the next request, within the keep-alive timeout"
    NEXT_HEAD = "the rest of a head, within the handshake timeout from its first byte"
    ENDED = "nothing: it was closed, lost or handed to a WebSocket"


# Compiled modules find a constant at once, a member of an Enum in its class.
FIRST_HEAD: Final = Phase.FIRST_HEAD
SERVING: Final = Phase.SERVING
DISCARDING: Final = Phase.DISCARDING
IDLE: Final = Phase.IDLE
NEXT_HEAD: Final = Phase.NEXT_HEAD
ENDED: Final = Phase.ENDED
