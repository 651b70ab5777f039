"""The body of a Close frame: a code and a reason (RFC 6455 section 5.5.1)."""

from __future__ import annotations

from typing import Final

from wsgate.websocket.close_codes import CloseCode, may_be_sent
from wsgate.websocket.errors import InvalidPayload, ProtocolViolation
from wsgate.websocket.events import CloseReceived
from wsgate.websocket.frames import MAX_CONTROL_PAYLOAD

MAX_REASON: Final = MAX_CONTROL_PAYLOAD - 2
"""Bytes of UTF-8 in a close reason (section 5.5.1)."""


def parse_close(payload: bytes) -> CloseReceived:
    """Read the body of a Close (section 5.5.1).

    Raises ProtocolViolation for one byte and for a code that must not be sent, InvalidPayload for
    a reason that is not UTF-8.
    """
    if not payload:
        return CloseReceived(CloseCode.NO_STATUS_RECEIVED, "")
    if len(payload) == 1:
        raise ProtocolViolation("the body of a Close must be empty or start with a 2-byte code")
    code = payload[0] << 8 | payload[1]
    if not may_be_sent(code):
        raise ProtocolViolation(f"close code {code} must not be sent")
    try:
        return CloseReceived(code, payload[2:].decode())
    except UnicodeDecodeError:
        raise InvalidPayload("a close reason must be UTF-8") from None


def close_payload(code: int, reason: str) -> bytes:
    """Make the body of a Close; raises ValueError (sections 5.5.1 and 7.4)."""
    if not may_be_sent(code):
        raise ValueError(f"close code {code} must not be sent; 1000 and 3000-4999 may be")
    encoded = reason.encode()
    if len(encoded) > MAX_REASON:
        raise ValueError(f"a close reason must be at most {MAX_REASON} bytes of UTF-8")
    return bytes((code >> 8, code & 0xFF)) + encoded


def shorten_reason(reason: str) -> str:
    """Cut a reason to the 123 bytes that a Close has room for, at the edge of a code point.

    Raises UnicodeEncodeError for a lone surrogate.
    """
    return reason.encode()[:MAX_REASON].decode(errors="ignore")
