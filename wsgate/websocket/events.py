"""What the core tells its caller.

A complete message is the object that the application will get, a `str` for text and `bytes` for
binary, with nothing around it; the rest are the classes here. They have an `__init__` each, since
a compiled module runs in the interpreter what `dataclass` generates.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(init=False, slots=True)
class PingReceived:
    """The peer asks for a pong with the same payload (RFC 6455 section 5.5.2)."""

    payload: bytes

    def __init__(self, payload: bytes) -> None:
        self.payload = payload


@dataclass(init=False, slots=True)
class PongReceived:
    """An answer to a ping of ours, or an unsolicited one (section 5.5.3)."""

    payload: bytes

    def __init__(self, payload: bytes) -> None:
        self.payload = payload


@dataclass(init=False, slots=True)
class CloseReceived:
    """The peer's Close; nothing that it sends afterwards counts (section 5.5.1).

    code: 1005 where its Close had none. reason: at most 123 bytes of UTF-8.
    """

    code: int
    reason: str

    def __init__(self, code: int, reason: str) -> None:
        self.code = code
        self.reason = reason


@dataclass(init=False, slots=True)
class ConnectionFailed:
    """The peer broke a rule; the connection is to be failed with this Close (section 7.1.7)."""

    code: int
    reason: str

    def __init__(self, code: int, reason: str) -> None:
        self.code = code
        self.reason = reason


class Unfinished:
    """More was received than is taken at once; the next call goes on, also with no bytes."""

    __slots__ = ()


Event = str | bytes | PingReceived | PongReceived | CloseReceived | ConnectionFailed | Unfinished
