"""Writes without waiting to a stream that others have open too, and that they want to block."""

import contextlib
import errno
import os

_WITHOUT_WAITING = getattr(os, "RWF_NOWAIT", None)


class AtOnce:
    """Writes what a descriptor takes at once.

    Linux can be asked for that where it is a pipe or a socket. A terminal is opened once more, for
    us alone. A file takes nothing here: a disk may be slow.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._terminal: int | None = None
        self._flag = _WITHOUT_WAITING
        if os.isatty(descriptor):
            with contextlib.suppress(OSError):  # in a container its name may lead nowhere
                mode = os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
                self._terminal = os.open(os.ttyname(descriptor), mode)

    def write(self, data: bytes) -> int:
        """Give how many bytes were taken; an error is left to who writes the rest."""
        try:
            if self._terminal is not None:
                return os.write(self._terminal, data)
            if self._flag is not None:
                return os.pwritev(self._descriptor, [data], -1, self._flag)
        except OSError as error:
            if error.errno == errno.EOPNOTSUPP:
                self._flag = None
        return 0

    def close(self) -> None:
        """Let go of a terminal; nothing is taken afterwards."""
        if self._terminal is not None:
            os.close(self._terminal)
            self._terminal = -1
