"""What every client goes through, as data: clients in Python and in JavaScript read the same list.

A client connects, says all it has to say, and listens. It closes when as many messages have come as
it said, or leaves that to the server where it has no Close of its own.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

Said = str | bytes


@dataclass(frozen=True)
class Conversation:
    """The client's side. close: code and reason.

    ping: payload of a ping, before anything is said; fragments: into so many each message is cut.
    """

    path: str
    offer: tuple[str, ...] = ()
    say: tuple[Said, ...] = ()
    close: tuple[int, str] | None = None
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    ping: bytes | None = None
    fragments: int = 1

    def over(self, heard: int) -> bool:
        """Whether it is the client's turn to close, after so many messages."""
        return self.close is not None and heard == len(self.say)

    @property
    def fields(self) -> dict[str, str]:
        """The fields of the request: the headers, and the cookies where there are any."""
        pairs = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {**self.headers, "Cookie": pairs} if pairs else self.headers

    def pieces(self, message: Said) -> list[Any]:
        """The fragments of a message, or the message alone."""
        size = max(1, -(-len(message) // self.fragments))
        starts = range(0, max(1, len(message)), size)
        return [message[start : start + size] for start in starts]

    def to_json(self) -> dict[str, Any]:
        said = [[encode(piece) for piece in self.pieces(each)] for each in self.say]
        ping = None if self.ping is None else encode(self.ping)
        return {
            "offer": self.offer,
            "say": said,
            "close": self.close,
            "fields": self.fields,
            "ping": ping,
        }


@dataclass
class Heard:
    """What came back. status: of the response, None where the client does not show it.

    code: of the server's Close, 1006 without one; reason: only of one that the server began;
    clean: both sides closed; cookies: set by the response.
    """

    status: int | None = 101
    subprotocol: str | None = None
    messages: list[Said] = field(default_factory=list)
    code: int | None = None
    reason: str = ""
    clean: bool = True
    cookies: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Heard:
        return cls(**{**value, "messages": [decode(each) for each in value["messages"]]})


def encode(message: Said) -> dict[str, str]:
    if isinstance(message, str):
        return {"text": message}
    return {"binary": base64.b64encode(message).decode()}


def decode(value: dict[str, str]) -> Said:
    return value["text"] if "text" in value else base64.b64decode(value["binary"])


def _echo(*say: Said) -> tuple[Conversation, Heard]:
    return Conversation("/ws/echo", say=say, close=(1000, "")), Heard(messages=[*say], code=1000)


def _offer(*offer: str, agreed: str | None) -> tuple[Conversation, Heard]:
    conversation = Conversation("/ws/echo", offer=offer, say=("hi",), close=(1000, ""))
    return conversation, Heard(subprotocol=agreed, messages=["hi"], code=1000)


def _server_closes(code: int, quoted: str, reason: str) -> tuple[Conversation, Heard]:
    path = f"/ws/close?code={code}&reason={quoted}"
    return Conversation(path), Heard(code=code, reason=reason)


MIB = 1 << 20

CONVERSATIONS: dict[str, tuple[Conversation, Heard]] = {
    "text": _echo("hello"),
    "binary": _echo(bytes(range(256))),
    "empty": _echo("", b"", "end"),
    "unicode": _echo("Grüße, 世界 \U0001f980 \u0000\u2028"),
    "1-MiB-text": _echo("é" * (MIB // 2)),
    "1-MiB-binary": _echo(bytes(range(256)) * (MIB // 256)),
    "frame-lengths": _echo(*(bytes(size) for size in (125, 126, 65_535, 65_536))),
    "many": _echo(*(f"message {number}" for number in range(100))),
    "no-subprotocol": _offer(agreed=None),
    "subprotocol": _offer("chat.v1", "chat.v2", agreed="chat.v2"),
    "cookies": (
        Conversation("/ws/cookies", cookies={"session": "abc", "language": "de"}),
        Heard(messages=['{"session": "abc", "language": "de"}'], code=1000, cookies={"visit": "2"}),
    ),
    "pushed-then-closed": (
        Conversation("/ws/push?count=300"),
        Heard(messages=[str(number) for number in range(300)], code=1000, reason="that was all"),
    ),
    "close-1000": _server_closes(1000, "", ""),
    "close-with-reason": _server_closes(3003, "sch%C3%B6n+war%27s", "schön war's"),
    "close-4999-longest": _server_closes(4999, "x" * 123, "x" * 123),
    "application-raises": (
        Conversation("/ws/broken?accept=true"),
        Heard(code=1011, reason="internal error"),
    ),
}

REFUSALS: dict[str, tuple[str, int]] = {
    "closed-before-accept": ("/ws/refuse", 403),
    "denial-response": ("/ws/deny", 418),
    "no-such-route": ("/ws/nowhere", 403),
    "raised-before-accept": ("/ws/broken?accept=false", 500),
}
"""Path and status."""

CLOSES: dict[str, tuple[int, str]] = {
    "1000": (1000, ""),
    "reason": (3001, "das wär's"),
    "4999-longest": (4999, "é" * 61 + "x"),
}
"""Code and reason that clients close with."""
