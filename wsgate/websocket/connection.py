"""The state machine of a WebSocket, the server's side: RFC 6455 sections 5 to 7.

Bytes in, events out (`receive_data`); calls in, bytes out (`send_message`, `send_close` …). There
is no I/O here and no clock. A Close is never sent by itself: the caller decides when its turn has
come, so that what was received before it is handed on, and what is being said is said, first.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from wsgate.websocket.closing import close_payload, parse_close
from wsgate.websocket.errors import InvalidPayload, ProtocolViolation
from wsgate.websocket.events import (
    CloseReceived,
    ConnectionFailed,
    Event,
    PingReceived,
    PongReceived,
    Unfinished,
)
from wsgate.websocket.frame_cache import LARGEST, PLAIN, FrameCache, Made
from wsgate.websocket.frames import (
    LONE_HEAD,
    MAX_CONTROL_PAYLOAD,
    SHORT_HEADS,
    WHOLE_BINARY,
    WHOLE_TEXT,
    Frame,
    FrameParser,
    long_head,
    serialize,
)
from wsgate.websocket.messages import (
    DEFAULT_MAX_FRAGMENTS,
    DEFAULT_MAX_SIZE,
    INVALID_TEXT,
    PIECES_AT_ONCE,
    Extension,
    MessageAssembler,
)
from wsgate.websocket.octets import Octets, octets
from wsgate.websocket.opcodes import (
    BINARY,
    CLOSE,
    CONTROL_BIT,
    FIN,
    OPCODE_BITS,
    PING,
    PONG,
    RSV1,
    TEXT,
)


class State(Enum):
    """Where the closing handshake stands (section 7.1)."""

    __hash__ = object.__hash__  # Enum's own is a function in Python

    OPEN = "frames go both ways"
    PEER_CLOSED = "the peer's Close has come, ours has not been sent"
    FAILING = "the peer broke a rule, and our Close has not been sent"
    CLOSING = "our Close has been sent, the peer's has not come"
    CLOSED = "nothing more is to be sent or read"


class Step(Enum):
    """What moves a connection from one state to another."""

    __hash__ = object.__hash__

    CLOSE_RECEIVED = "the peer's Close"
    VIOLATION = "a rule broken by the peer"
    CLOSE_SENT = "our Close"
    LOST = "the end of the byte stream"


TRANSITIONS: Final[dict[tuple[State, Step], State]] = {
    (State.OPEN, Step.CLOSE_RECEIVED): State.PEER_CLOSED,
    (State.OPEN, Step.VIOLATION): State.FAILING,
    (State.OPEN, Step.CLOSE_SENT): State.CLOSING,
    (State.OPEN, Step.LOST): State.CLOSED,
    (State.PEER_CLOSED, Step.CLOSE_SENT): State.CLOSED,
    (State.PEER_CLOSED, Step.LOST): State.CLOSED,
    (State.FAILING, Step.CLOSE_SENT): State.CLOSED,
    (State.FAILING, Step.LOST): State.CLOSED,
    (State.CLOSING, Step.CLOSE_RECEIVED): State.CLOSED,
    (State.CLOSING, Step.VIOLATION): State.CLOSED,
    (State.CLOSING, Step.LOST): State.CLOSED,
    (State.CLOSED, Step.LOST): State.CLOSED,
}

OPEN: Final = State.OPEN
CLOSED: Final = State.CLOSED
"""Looked up once: to reach a member of an Enum costs as much as a call before Python 3.12."""

SENDABLE: Final = (State.OPEN, State.PEER_CLOSED, State.FAILING)
"""Data may leave until our own Close (section 5.5.1). A tuple, since an Enum hashes slowly."""

NO_LIMIT: Final = 2**63 - 1
"""The longest payload that a header can declare (section 5.2)."""


AT_ONCE: Final = 256
"""Frames that one call takes: a peer's tiny frames must not hold up who else waits for the caller.

A read may bring 37,000 of them.
"""

UNFINISHED: Final = Unfinished()


class Connection:
    """One WebSocket after its opening handshake.

    max_size: bytes of a message; max_fragments: frames of a message; max_frame, max_ratio: as in
    `MessageAssembler`, 0 is no bound; extension: what was agreed;
    cache: shared with the connections that the same messages are sent to.
    The counters are payload bytes and complete messages, in the application's terms, and the
    peer's control frames.
    """

    __slots__ = (
        "_cache",
        "_extension",
        "_form",
        "_messages",
        "_parser",
        "bytes_received",
        "bytes_sent",
        "controls_received",
        "messages_received",
        "messages_sent",
        "state",
    )

    def __init__(
        self,
        max_size: int = DEFAULT_MAX_SIZE,
        max_fragments: int = DEFAULT_MAX_FRAGMENTS,
        extension: Extension | None = None,
        cache: FrameCache | None = None,
        max_frame: int = 0,
        max_ratio: int = 0,
    ) -> None:
        self.state = State.OPEN
        self.messages_received = 0
        self.controls_received = 0
        self.messages_sent = 0
        self.bytes_received = 0
        self.bytes_sent = 0
        self._cache = FrameCache() if cache is None else cache
        self._form = PLAIN
        self._extension: Extension | None = None
        self._messages = MessageAssembler(max_size, max_fragments, max_frame, max_ratio)
        self._parser = FrameParser(self._messages.allowance)
        if extension is not None:
            self.extend(extension)

    @property
    def bytes_begun(self) -> int:
        """Bytes of the message that is arriving, 0 between two."""
        return self._messages.begun

    def extend(self, extension: Extension) -> None:
        """Use an extension from the first frame on (section 9)."""
        messages = self._messages
        messages.extension = extension
        self._extension = extension
        self._form = extension.form
        self._parser = FrameParser(messages.allowance, messages.encoded_allowance)

    def receive_lone(self, data: bytes) -> str | bytes | None:
        """Take bytes that are one short message, and give it: what most reads bring, a call less.

        None for all else, which is for `receive_data`.
        """
        if self.state is not OPEN or self._messages.opcode:
            return None
        message = self._parser.lone(data)
        if message is not None:
            self.messages_received += 1
            self.bytes_received += len(data) - LONE_HEAD
        return message

    def receive_data(self, data: bytes) -> list[Event]:
        """Take bytes from the peer; give what they complete, in their order.

        Nothing is raised: a broken rule is a last event, ConnectionFailed. After it, and after
        either side's Close, "any data received is discarded" (sections 1.4 and 7.1.7), and no
        event is given; the answer to our Close shows in the state.

        Of what takes long, a part is taken at a time: then `Unfinished` is the last event.
        """
        events: list[Event] = []
        if self.state is not OPEN:
            self._discard(data, events)
            return events
        parser, messages = self._parser, self._messages
        parser.feed(data)
        try:
            frames = AT_ONCE if self._extension is None else self._decode_on(events)
            while frames and parser.unread and parser.advance():
                frames -= 1
                first, payload = parser.first, parser.payload
                parser.payload = b""
                if WHOLE_TEXT <= first <= WHOLE_BINARY and parser.ends and not messages.opcode:
                    size = len(payload)
                    if first == WHOLE_TEXT and isinstance(payload, bytes):
                        payload = payload.decode()
                    events.append(payload)
                    self.messages_received += 1
                    self.bytes_received += size
                elif first & CONTROL_BIT:
                    assert isinstance(payload, bytes)
                    self.controls_received += 1
                    event = control_event(first & OPCODE_BITS, payload)
                    events.append(event)
                    if type(event) is CloseReceived:
                        self._step(Step.CLOSE_RECEIVED)
                        return events
                else:
                    message = messages.add(first, payload, starts=parser.starts, ends=parser.ends)
                    frames = self._collect(message, events, frames)
            if not frames:
                events.append(UNFINISHED)
        except ProtocolViolation as violation:
            events.append(self.fail(violation))
        except UnicodeDecodeError:
            events.append(self.fail(InvalidPayload(INVALID_TEXT)))
        return events

    def receive_eof(self) -> None:
        """Take the end of the byte stream: what is incomplete is dropped (section 7.1.5)."""
        self._step(Step.LOST)

    def fail(self, violation: ProtocolViolation) -> ConnectionFailed:
        """Fail the connection: read no more, and say why (section 7.1.7).

        For the core's own findings, and for a limit that the caller keeps. Only while OPEN.
        """
        self._step(Step.VIOLATION)
        return ConnectionFailed(violation.code, str(violation))

    def send_message(self, message: str | bytes) -> bytes:
        """Make the frame of a text or a binary message, or take the last, of the same object.

        Raises UnicodeEncodeError for a lone surrogate; ConnectionError after our Close.
        """
        if self.state is not OPEN and self.state not in SENDABLE:
            raise ConnectionError("nothing may be sent after a Close")
        cache = self._cache
        last = cache.last
        if last.message is message and last.form == self._form:
            size, frame = last.size, last.frame
        else:
            if isinstance(message, str):
                opcode, payload = TEXT, message.encode()
            else:
                opcode, payload = BINARY, message
            size = len(payload)
            if self._extension is not None:
                frame = encoded_frame(self._extension, opcode, payload)
            elif size <= MAX_CONTROL_PAYLOAD:
                frame = SHORT_HEADS[opcode][size] + payload
            else:
                frame = serialize(opcode, payload)
            if message is cache.seen:
                cache.keep(Made(message, self._form, size, frame))
            elif size <= LARGEST:
                cache.seen = message
        self.messages_sent += 1
        self.bytes_sent += size
        return frame

    def send_long(self, message: str | bytes) -> Frame:
        """Do as `send_message` for more than `LARGEST` bytes, which no cache keeps.

        A payload that no extension transforms is given apart from its head, and not copied.
        """
        if self._extension is not None:
            return self.send_message(message)
        if self.state not in SENDABLE:
            raise ConnectionError("nothing may be sent after a Close")
        payload: Octets
        if isinstance(message, str):
            opcode, payload = TEXT, octets(message)
        else:
            opcode, payload = BINARY, message
        self.messages_sent += 1
        self.bytes_sent += len(payload)
        return long_head(FIN | opcode, len(payload)), payload

    def send_ping(self, payload: bytes = b"") -> bytes:
        """Make a ping; nothing where a Close was received or sent, or is due.

        Raises ValueError for a payload over 125 bytes (section 5.5).
        """
        return self._control_frame(PING, payload) if self.state is OPEN else b""

    def send_pong(self, payload: bytes) -> bytes:
        """Make the answer to a ping; nothing where our Close was sent.

        "Upon receipt of a Ping frame, an endpoint MUST send a Pong frame in response, unless it
        already received a Close frame." (section 5.5.2) A ping behind a Close gives no event; one
        before it is answered also where both came in one segment.
        """
        return self._control_frame(PONG, payload) if self.state in SENDABLE else b""

    def send_close(self, code: int | None, reason: str = "") -> bytes:
        """Make our Close, the first or the answer; nothing where it has been sent already.

        code: None for a Close without one. Raises ValueError for a code that must not be sent and
        for a reason over 123 bytes of UTF-8 (section 5.5.1).
        """
        payload = b"" if code is None else close_payload(code, reason)
        if self.state not in SENDABLE:
            return b""
        self._step(Step.CLOSE_SENT)
        self._parser.max_payload = NO_LIMIT
        return serialize(CLOSE, payload)

    def _step(self, step: Step) -> None:
        """Leave a state; after OPEN no message is given any more, so none is kept."""
        self.state = TRANSITIONS[self.state, step]
        self._messages.reset()

    def _decode_on(self, events: list[Event]) -> int:
        """Go on where the last call halted; give how many frames may follow."""
        messages = self._messages
        messages.left = PIECES_AT_ONCE
        return self._collect(messages.go_on(), events, AT_ONCE) if messages.halted else AT_ONCE

    def _collect(self, message: str | bytes | None, events: list[Event], frames: int) -> int:
        """Take what the assembler gives; give how many frames may follow, none where it halted."""
        messages = self._messages
        self._parser.max_payload = messages.allowance
        if message is not None:
            events.append(message)
            self.messages_received += 1
            self.bytes_received += messages.size
        return 0 if messages.halted else frames

    def _discard(self, data: bytes, events: list[Event]) -> None:
        """Where our Close waits for its answer, look for that; nothing else counts any more."""
        if self.state is not State.CLOSING:
            return
        parser = self._parser
        parser.feed(data)
        try:
            for _ in range(AT_ONCE):
                if not parser.advance():
                    break
                if parser.first == FIN | CLOSE:
                    self._step(Step.CLOSE_RECEIVED)
                    break
            else:
                events.append(UNFINISHED)
        except ProtocolViolation:
            self._step(Step.VIOLATION)

    def _control_frame(self, opcode: int, payload: bytes) -> bytes:
        if len(payload) > MAX_CONTROL_PAYLOAD:
            raise ValueError(f"a ping or pong carries at most {MAX_CONTROL_PAYLOAD} bytes")
        return serialize(opcode, payload)


def encoded_frame(extension: Extension, opcode: int, payload: bytes) -> bytes:
    """Make the frame of a message as an extension transforms it, or leaves it."""
    encoded = extension.encode(payload)
    return serialize(opcode, payload) if encoded is None else serialize(opcode, encoded, RSV1)


def control_event(opcode: int, payload: bytes) -> PingReceived | PongReceived | CloseReceived:
    """Give what a control frame tells; raises ProtocolViolation for a wrong Close."""
    if opcode == PING:
        return PingReceived(payload)
    if opcode == PONG:
        return PongReceived(payload)
    return parse_close(payload)
