"""RST segments that a server sends, as the loopback carries them.

The kernel's own count (OutRsts) is of both ends. That of the clients sends one now and then, behind
the FIN of both: a late segment comes for a connection that it has let go of.
"""

from __future__ import annotations

import ctypes
import socket
import struct
from contextlib import suppress

# packet(7) and Linux's filter.h, where Python has no name for it.
ETH_P_IP = 0x0800
SO_ATTACH_FILTER = 26
SOL_PACKET, PACKET_STATISTICS, PACKET_IGNORE_OUTGOING = 263, 6, 23
LOAD_BYTE, LOAD_BYTE_BEHIND, LOAD_HALF_BEHIND, LOAD_HEADER_LENGTH = 0x30, 0x50, 0x48, 0xB1
IF_EQUAL, IF_SET, RETURN = 0x15, 0x45, 0x06
TCP, RST = 6, 0x04


class Resets:
    """Those that leave a port from now on.

    Who may not see packets, since they are not root, gets 0: what remains is what clients notice.
    """

    def __init__(self, port: int) -> None:
        self._socket: socket.socket | None = None
        with suppress(PermissionError):
            self._socket = _listening(port)

    def count(self) -> int:
        """Give how many there were, and end."""
        if self._socket is None:
            return 0
        with self._socket as sock:
            statistics = sock.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8)
        return int(struct.unpack("II", statistics)[0])


def _listening(port: int) -> socket.socket:
    """Open a socket that RST segments come to; what counts is that they do."""
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
    steps = _program(port)
    code = ctypes.create_string_buffer(b"".join(steps))
    program = struct.pack("HL", len(steps), ctypes.addressof(code))
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
    sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)  # each comes in as well
    sock.bind(("lo", ETH_P_IP))
    return sock


def _program(port: int) -> list[bytes]:
    """What lets RST segments of a port pass: code, steps where it holds and where not, value."""
    steps = [
        (LOAD_BYTE, 0, 0, 9),
        (IF_EQUAL, 0, 6, TCP),
        (LOAD_HEADER_LENGTH, 0, 0, 0),
        (LOAD_HALF_BEHIND, 0, 0, 0),
        (IF_EQUAL, 0, 3, port),
        (LOAD_BYTE_BEHIND, 0, 0, 13),
        (IF_SET, 0, 1, RST),
        (RETURN, 0, 0, 1),
        (RETURN, 0, 0, 0),
    ]
    return [struct.pack("HBBI", *step) for step in steps]
