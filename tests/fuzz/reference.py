"""A second reading of RFC 6455: what must come of a client's stream, written to be checked by eye.

It takes the whole stream at once, has no state between calls, shares no code with the core but the
classes of its events, and cares for no speed. Where two rules are broken the first in the stream
counts; where one frame breaks two, its header comes before its place in a message, and a byte that
is wrong before one that is too many.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.websocket.wire import Expected
from wsgate.websocket.events import CloseReceived, PingReceived, PongReceived

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

REFUSED = 0xFF
"""The byte that the encoding of `decode` knows nothing of."""

ENDINGS = [
    b"",
    *(first + b"\x80" * more for first in (b"\x80", b"\x90", b"\xa0") for more in range(3)),
]
"""Whatever a text was cut off in, one of these completes it (RFC 3629 section 4)."""


class Violation(Exception):  # noqa: N818 (the word of RFC 6455 is no "Error")
    """The connection is to be failed with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Incomplete(Exception):  # noqa: N818
    """The stream ends before what is looked for."""


class Rules(NamedTuple):
    """What a server allows: bytes and frames of a message, and whether RSV1 marks an encoding."""

    max_size: int
    max_fragments: int
    encoding: bool = False


class Header(NamedTuple):
    fin: bool
    rsv1: bool
    opcode: int
    length: int

    @property
    def is_control(self) -> bool:
        return self.opcode >= CLOSE


class Frames:
    """The frames of a stream, one after the other: section 5.2."""

    def __init__(self, stream: bytes, encoding: bool) -> None:
        self.stream = stream
        self.encoding = encoding

    def take(self, size: int) -> bytes:
        if len(self.stream) < size:
            raise Incomplete
        taken, self.stream = self.stream[:size], self.stream[size:]
        return taken

    def header(self) -> Header:
        first, second = self.take(2)
        header = Header(first >= 0x80, bool(first & 0x40), first & 0x0F, second & 0x7F)
        if header.rsv1 and not (self.encoding and header.opcode in (TEXT, BINARY)):
            raise Violation(1002)
        if first & 0x30 or header.opcode not in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG):
            raise Violation(1002)
        if header.is_control and (not header.fin or header.length > 125):
            raise Violation(1002)
        if second < 0x80:  # not masked
            raise Violation(1002)
        if header.length == 126:
            return header._replace(length=self.long_length(2, 126, 0xFFFF))
        if header.length == 127:
            return header._replace(length=self.long_length(8, 0x10000, 2**63 - 1))
        return header

    def long_length(self, size: int, least: int, most: int) -> int:
        length = int.from_bytes(self.take(size), "big")
        if not least <= length <= most:
            raise Violation(1002)
        return length

    def payload(self, header: Header) -> bytes:
        """All of a control frame; of a data frame what has come, if anything has."""
        key = self.take(4)
        come = min(header.length, len(self.stream))
        if come < header.length and (header.is_control or not come):
            raise Incomplete
        return bytes(byte ^ key[at % 4] for at, byte in enumerate(self.take(come)))


class Stream:
    """The messages and control frames of a stream: sections 5.4 to 8.1."""

    def __init__(self, stream: bytes, rules: Rules) -> None:
        self.frames = Frames(stream, rules.encoding)
        self.rules = rules
        self.events: list[Expected] = []
        self.begin(CONTINUATION, False)

    def begin(self, opcode: int, encoded: bool) -> None:
        self.opcode = opcode
        self.encoded = encoded
        self.message = b""
        self.fragments = 0

    def read(self) -> list[Expected]:
        """All events; a number is the code of the failure that ends them."""
        try:
            while not (self.events and isinstance(self.events[-1], CloseReceived)):
                header = self.frames.header()
                if header.is_control:
                    self.control(header.opcode, self.frames.payload(header))
                else:
                    self.data(header)
        except Incomplete:
            pass
        except Violation as violation:
            self.events.append(violation.code)
        return self.events

    def control(self, opcode: int, payload: bytes) -> None:
        if opcode == CLOSE:
            self.events.append(read_close(payload))
        else:
            self.events.append(PingReceived(payload) if opcode == PING else PongReceived(payload))

    def data(self, header: Header) -> None:
        room = self.rules.max_size - len(self.message)
        if header.length > (self.rules.max_size if header.rsv1 else room):
            raise Violation(1009)
        payload = self.frames.payload(header)
        if (header.opcode == CONTINUATION) != (self.opcode != CONTINUATION):
            raise Violation(1002)
        if header.opcode != CONTINUATION:
            self.begin(header.opcode, header.rsv1)
        self.fragments += 1
        if self.fragments > self.rules.max_fragments:
            raise Violation(1008)
        good, refused, decoded = payload, b"", payload
        if self.encoded:
            good, refused, _ = payload.partition(bytes([REFUSED]))
            decoded = decode(good)
        self.message += decoded[:room]
        if self.opcode == TEXT and not any(is_utf8(self.message + end) for end in ENDINGS):
            raise Violation(1007)
        if len(decoded) > room:
            raise Violation(1009)
        if refused:
            raise Violation(1007)
        if header.fin and len(payload) == header.length:
            self.end()

    def end(self) -> None:
        if self.opcode == TEXT and not is_utf8(self.message):
            raise Violation(1007)
        self.events.append(self.message.decode() if self.opcode == TEXT else self.message)
        self.begin(CONTINUATION, False)


def read_close(payload: bytes) -> CloseReceived:
    """Sections 5.5.1, 7.1.5, 7.4 and 8.1."""
    if not payload:
        return CloseReceived(1005, "")
    code, reason = int.from_bytes(payload[:2], "big"), payload[2:]
    registered = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014)
    if len(payload) == 1 or not (code in registered or 3000 <= code <= 4999):
        raise Violation(1002)
    if not is_utf8(reason):
        raise Violation(1007)
    return CloseReceived(code, reason.decode())


def is_utf8(text: bytes) -> bool:
    try:
        return text.decode().encode() == text
    except UnicodeDecodeError:
        return False


def decode(payload: bytes) -> bytes:
    """The encoding of messages with RSV1, made up for these tests: ASCII is worth two."""
    return b"".join(bytes([byte]) * (2 if byte < 0x80 else 1) for byte in payload)


def understand(stream: bytes, rules: Rules) -> list[Expected]:
    """What a connection must make of a stream, however it comes."""
    return Stream(stream, rules).read()


def is_answered(stream: bytes, rules: Rules) -> bool:
    """Whether a stream ends a connection that has sent its own Close.

    A Close does, and bytes that are no frame; nothing else counts, no limit either (section 1.4).
    """
    frames = Frames(stream, rules.encoding)
    try:
        while True:
            header = frames.header()
            if header.opcode == CLOSE:
                frames.payload(header)
                return True
            frames.take(4 + header.length)
    except Incomplete:
        return False
    except Violation:
        return True
