"""Where the application of a WebSocket stands, and what it is told at the end."""

from __future__ import annotations

from enum import Enum
from typing import Final

from wsgate.asgi.cause import WORDS, Cause
from wsgate.asgi.types import Message
from wsgate.websocket.close_codes import CloseCode


class Phase(Enum):
    """Where the application stands; the value is what it may send then."""

    CONNECTING = "websocket.accept, websocket.close or websocket.http.response.start"
    DENYING = "websocket.http.response.body"
    OPEN = "websocket.send or websocket.close"
    CLOSED = "nothing more: the websocket is closed"


ACCEPTED: Final = Phase.OPEN
"""For where each message passes: to reach a member of an Enum costs as much as a call."""

UNDONE: Final = {
    Phase.CONNECTING: "it accepted the websocket",
    Phase.DENYING: "the end of its denial response",
}


class Disconnect:
    """What the application is told at the end, and the access log."""

    __slots__ = ("cause", "code", "reason")

    def __init__(self, code: int, reason: str, cause: Cause) -> None:
        self.code = code
        self.reason = reason
        self.cause = cause

    def message(self) -> Message:
        """Make `websocket.disconnect`; to the keys of ASGI come two of ours, docs/websockets.md."""
        cause, initiator = WORDS[self.cause]
        return {
            "type": "websocket.disconnect",
            "code": int(self.code),
            "reason": self.reason,
            "wsgate.cause": cause,
            "wsgate.initiator": initiator,
        }


ABNORMAL: Final = Disconnect(CloseCode.ABNORMAL_CLOSURE, "", Cause.LOST)
SILENT: Final = Disconnect(CloseCode.ABNORMAL_CLOSURE, "", Cause.PING_TIMEOUT)
SLOW: Final = Disconnect(CloseCode.ABNORMAL_CLOSURE, "", Cause.SLOW_CONSUMER)
LATE: Final = Disconnect(CloseCode.ABNORMAL_CLOSURE, "", Cause.ACCEPT_TIMEOUT)
QUIET: Final = Disconnect(CloseCode.GOING_AWAY, "no message for a long time", Cause.IDLE)
DENIED: Final = Disconnect(CloseCode.ABNORMAL_CLOSURE, "", Cause.APPLICATION)
BROKEN: Final = Disconnect(CloseCode.ABNORMAL_CLOSURE, "", Cause.APPLICATION_ERROR)
DONE: Final = Disconnect(CloseCode.NORMAL_CLOSURE, "", Cause.APPLICATION)
FAILED: Final = Disconnect(CloseCode.INTERNAL_ERROR, "internal error", Cause.APPLICATION_ERROR)
