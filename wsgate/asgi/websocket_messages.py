"""What an application may put into `websocket.send` and `websocket.close`."""

from __future__ import annotations

import logging
from typing import Final

from wsgate.asgi.types import Fields, Message
from wsgate.errors import Disconnected
from wsgate.websocket.close_codes import CloseCode, may_be_sent
from wsgate.websocket.closing import shorten_reason
from wsgate.websocket.connection import Connection
from wsgate.websocket.frame_cache import LARGEST
from wsgate.websocket.frames import Frame

logger = logging.getLogger("wsgate.error")

OFF_LOOP: Final = 65_536
"""Bytes, or characters, of a message from which on it is compressed in a thread."""

GONE = "the websocket is gone: its peer closed it or was lost"


def frame_of(core: Connection, fields: Fields) -> Frame:
    """Make the frame of `websocket.send`.

    Raises Disconnected where nothing may be sent any more, RuntimeError for wrong use.
    """
    text, payload = fields.get("text"), fields.get("bytes")
    try:
        if payload is None and isinstance(text, str):
            return core.send_message(text) if len(text) <= LARGEST else core.send_long(text)
        if text is None and isinstance(payload, (bytes, bytearray, memoryview)):
            data = bytes(payload)
            return core.send_message(data) if len(data) <= LARGEST else core.send_long(data)
    except ConnectionError:
        raise Disconnected(GONE) from None
    except UnicodeEncodeError:
        raise RuntimeError("websocket.send: text holds a surrogate, which UTF-8 has not") from None
    raise RuntimeError(
        "websocket.send: expected either text (str) or bytes (bytes), got "
        f"text: {type(text).__name__}, bytes: {type(payload).__name__}"
    )


def is_long(fields: Fields) -> bool:
    """Whether a `websocket.send`, well-formed or not, is to be compressed in a thread."""
    payload = fields.get("text") or fields.get("bytes")
    return isinstance(payload, (str, bytes, bytearray, memoryview)) and len(payload) >= OFF_LOOP


def close_arguments(message: Message) -> tuple[int, str]:
    """Read code and reason of `websocket.close`; raises RuntimeError.

    A reason over 123 bytes of UTF-8 is cut, and that is logged (RFC 6455 section 5.5).
    """
    code = message.get("code", CloseCode.NORMAL_CLOSURE)
    reason = message.get("reason") or ""
    if not isinstance(code, int) or not may_be_sent(code):
        raise RuntimeError(
            f"websocket.close: expected a code of 1000-1003, 1007-1014 or 3000-4999, got {code!r}"
        )
    try:
        shortened = shorten_reason(reason)
    except (AttributeError, TypeError, UnicodeEncodeError):
        raise RuntimeError(
            f"websocket.close: expected a str without surrogates as reason, got {reason!r}"
        ) from None
    if shortened != reason:
        logger.warning("websocket.close: the reason was cut to 123 bytes of UTF-8")
    return int(code), shortened
