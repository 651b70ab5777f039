"""What a peer can do wrong, one class a close code.

    ProtocolViolation      1002  the bytes are no WebSocket protocol
    |-- InvalidPayload     1007  the payload is not what its type says
    |-- PolicyViolation    1008  within the protocol, beyond what is allowed here
    `-- MessageTooBig      1009  over a limit on size

Each is raised with one sentence, which becomes the close reason (RFC 6455 section 7.1.7).
"""

from __future__ import annotations

from typing import ClassVar

from wsgate.websocket.close_codes import CloseCode


class ProtocolViolation(Exception):  # noqa: N818 (the word of RFC 6455 is no "Error")
    """The peer broke a rule of RFC 6455; the connection has to be failed."""

    code: ClassVar[CloseCode] = CloseCode.PROTOCOL_ERROR


class InvalidPayload(ProtocolViolation):
    """A text or a close reason that is not UTF-8 (section 8.1)."""

    code = CloseCode.INVALID_PAYLOAD


class PolicyViolation(ProtocolViolation):
    """More of something harmless than this server allows (section 7.4.1)."""

    code = CloseCode.POLICY_VIOLATION


class MessageTooBig(ProtocolViolation):
    """A frame or message over the limit on size (section 10.4)."""

    code = CloseCode.MESSAGE_TOO_BIG
