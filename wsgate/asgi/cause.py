"""Why a websocket ended, in the words of the log, and who ended it."""

from __future__ import annotations

from enum import Enum
from typing import Final

from wsgate.websocket.close_codes import CloseCode
from wsgate.websocket.events import CloseReceived, ConnectionFailed


class Cause(Enum):
    """Each with its word."""

    __hash__ = object.__hash__  # Enum's own is a function in Python

    PEER = "peer"  # its Close came first
    LOST = "lost"  # TCP ended without a Close: the peer, or the network
    APPLICATION = "application"  # it closed, or returned
    APPLICATION_ERROR = "application_error"  # it raised, or was cancelled
    PROTOCOL = "protocol"  # the peer sent what is no WebSocket protocol
    INVALID_PAYLOAD = "invalid_payload"  # a text that is not UTF-8, data that do not inflate
    POLICY = "policy"  # within the protocol, beyond what is allowed here
    TOO_BIG = "too_big"  # over a limit on size
    ACCEPT_TIMEOUT = "accept_timeout"  # the application did not answer the handshake in time
    IDLE = "idle"  # no message for as long as the configuration lets one be without
    RATE = "rate"  # the peer sent more than is allowed, for longer than is allowed
    SLOW_CONSUMER = "slow_consumer"  # it did not take what was sent to it
    PING_TIMEOUT = "ping_timeout"  # no sign of life after a ping
    LIFETIME = "lifetime"  # as long as the configuration lets one last
    SHUTDOWN = "shutdown"  # the server ends, or restarts


class Initiator(Enum):
    """Each with its word."""

    __hash__ = object.__hash__

    PEER = "peer"
    APPLICATION = "application"
    SERVER = "server"


INITIATORS: Final = {
    Cause.PEER: Initiator.PEER,
    Cause.LOST: Initiator.PEER,
    Cause.APPLICATION: Initiator.APPLICATION,
    Cause.APPLICATION_ERROR: Initiator.APPLICATION,
    Cause.PROTOCOL: Initiator.SERVER,
    Cause.INVALID_PAYLOAD: Initiator.SERVER,
    Cause.POLICY: Initiator.SERVER,
    Cause.TOO_BIG: Initiator.SERVER,
    Cause.ACCEPT_TIMEOUT: Initiator.SERVER,
    Cause.IDLE: Initiator.SERVER,
    Cause.RATE: Initiator.SERVER,
    Cause.SLOW_CONSUMER: Initiator.SERVER,
    Cause.PING_TIMEOUT: Initiator.SERVER,
    Cause.LIFETIME: Initiator.SERVER,
    Cause.SHUTDOWN: Initiator.SERVER,
}

WORDS: Final = {cause: (cause.value, who.value) for cause, who in INITIATORS.items()}
"""A cause and who brought it about, as they are told: a member takes its time to give its value."""

VIOLATIONS: Final = {
    int(CloseCode.PROTOCOL_ERROR): Cause.PROTOCOL,
    int(CloseCode.INVALID_PAYLOAD): Cause.INVALID_PAYLOAD,
    int(CloseCode.POLICY_VIOLATION): Cause.POLICY,
    int(CloseCode.MESSAGE_TOO_BIG): Cause.TOO_BIG,
}
"""By the code that the connection is failed with."""


def cause_of(event: CloseReceived | ConnectionFailed) -> Cause:
    """Give the cause of an end that the peer brought about."""
    return Cause.PEER if isinstance(event, CloseReceived) else VIOLATIONS[event.code]
