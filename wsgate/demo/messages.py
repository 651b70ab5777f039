"""What travels between the page and the server: JSON objects in text messages.

The client sends ``join`` once, then any of the others; the server refuses whatever else comes
with a close code and a reason (RFC 6455 7.4.1).
"""

import json
import unicodedata
from dataclasses import dataclass
from typing import TypeAlias

MAX_MESSAGE = 16 * 1024  # characters of JSON: the longest text with all of it escaped fits
MAX_TEXT = 1000  # characters
MAX_NAME = 32  # characters
CONTROL_OR_SURROGATE = frozenset({"Cc", "Cs"})  # Unicode categories


class CloseError(Exception):
    """The visit ends: close with ``code`` and ``reason`` (RFC 6455 7.4: at most 123 bytes)."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Join:
    """Enter the room under a name."""

    name: str


@dataclass(frozen=True, slots=True)
class Rename:
    """Take another name."""

    name: str


@dataclass(frozen=True, slots=True)
class Say:
    """A line for everybody."""

    text: str


@dataclass(frozen=True, slots=True)
class Ping:
    """Asks for a ``pong`` with the same number, which shows the latency."""

    number: int


Command: TypeAlias = Join | Rename | Say | Ping


def parse(text: str) -> Command:
    """Read one message of a client; raises ``CloseError``."""
    if len(text) > MAX_MESSAGE:
        raise CloseError(1009, f"a message has at most {MAX_MESSAGE} characters")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise CloseError(1007, "a message is a JSON object") from None
    match message:
        case {"type": "join", "name": str(name)}:
            return Join(checked_name(name))
        case {"type": "rename", "name": str(name)}:
            return Rename(checked_name(name))
        case {"type": "say", "text": str(said)}:
            return Say(checked_text(said))
        case {"type": "ping", "number": int(number)}:
            return Ping(number)
    raise CloseError(1008, "a message is a join, a rename, a say or a ping")


def checked_name(name: str) -> str:
    """The name with its white space tidied; raises ``CloseError``."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= MAX_NAME or not is_clean(name):
        raise CloseError(1008, f"a name has 1 to {MAX_NAME} characters, none of them a control")
    return name


def checked_text(text: str) -> str:
    """The text without white space around it; raises ``CloseError``."""
    text = text.strip()
    if not 1 <= len(text) <= MAX_TEXT or not is_clean(text.replace("\n", "")):
        raise CloseError(1008, f"a text has 1 to {MAX_TEXT} characters and no control but newline")
    return text


def is_clean(text: str) -> bool:
    """Tell whether ``text`` can be shown, and encoded: JSON lets lone surrogates through."""
    return not any(unicodedata.category(char) in CONTROL_OR_SURROGATE for char in text)


def encode(kind: str, **fields: object) -> str:
    """One message of the server."""
    return json.dumps({"type": kind, **fields}, ensure_ascii=False, separators=(",", ":"))
