"""Close codes: RFC 6455 section 7.4 and the IANA registry that it opened."""

from __future__ import annotations

from enum import IntEnum


class CloseCode(IntEnum):
    """The registered codes; 3000-4999 belong to libraries and applications."""

    NORMAL_CLOSURE = 1000
    GOING_AWAY = 1001
    PROTOCOL_ERROR = 1002
    UNSUPPORTED_DATA = 1003
    NO_STATUS_RECEIVED = 1005
    ABNORMAL_CLOSURE = 1006
    INVALID_PAYLOAD = 1007
    POLICY_VIOLATION = 1008
    MESSAGE_TOO_BIG = 1009
    MANDATORY_EXTENSION = 1010
    INTERNAL_ERROR = 1011
    SERVICE_RESTART = 1012
    TRY_AGAIN_LATER = 1013
    BAD_GATEWAY = 1014
    TLS_HANDSHAKE = 1015


SENDABLE = frozenset({*range(1000, 1004), *range(1007, 1015)})


def may_be_sent(code: int) -> bool:
    """Whether a Close frame may carry `code` (sections 7.4.1 and 7.4.2).

    1004, 1005, 1006 and 1015 MUST NOT be set in a Close frame; what is below 3000 and not
    registered is reserved for the protocol.
    """
    return 3000 <= code <= 4999 or code in SENDABLE
