"""The opcodes of RFC 6455 section 5.2 and the bits of a frame's first two bytes."""

from __future__ import annotations

from typing import Final

CONTINUATION: Final = 0x0
TEXT: Final = 0x1
BINARY: Final = 0x2
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA

FIN: Final = 0x80
RSV1: Final = 0x40
RSV2: Final = 0x20
RSV3: Final = 0x10
OPCODE_BITS: Final = 0x0F
CONTROL_BIT: Final = 0x08
"""Set in the opcode of every control frame (section 5.5)."""

MASK: Final = 0x80

DATA_OPCODES: Final = frozenset({CONTINUATION, TEXT, BINARY})
CONTROL_OPCODES: Final = frozenset({CLOSE, PING, PONG})
