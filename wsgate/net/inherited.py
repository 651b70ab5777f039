"""Listening sockets that another process opened: our parent, or systemd (sd_listen_fds(3))."""

import os
import socket
from contextlib import ExitStack

from wsgate.errors import StartupError

FIRST = 3
"""The number of the first socket that systemd passes."""

_VARIABLES = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")


def passed_sockets() -> list[socket.socket]:
    """Take the sockets that systemd opened for this process; none where it did not start it.

    The variables that tell of them are removed, so that no child takes them for its own. Raises
    StartupError where they tell no truth.
    """
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return []
    _, count, _ = (os.environ.pop(name, "") for name in _VARIABLES)
    if not (count.isascii() and count.isdecimal()):
        raise StartupError(f"LISTEN_FDS is {count!r}: it must be the number of passed sockets")
    with ExitStack() as opened:
        sockets = [
            opened.enter_context(inherit(fd, f"socket {fd} of LISTEN_FDS"))
            for fd in range(FIRST, FIRST + int(count))
        ]
        opened.pop_all()
    return sockets


def inherit(fd: int, named: str) -> socket.socket:
    """Take one socket; children do not get it.

    named: what gave its number. Raises StartupError where it is none that listens, and leaves it.
    """
    try:
        sock = socket.socket(fileno=fd)
    except OSError as error:
        raise StartupError(
            f"{named} is no socket ({error.strerror}): "
            "give the number of a listening one that the parent process passes"
        ) from error
    listening = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    if not listening or sock.type != socket.SOCK_STREAM:
        sock.detach()  # it is the caller's still
        raise StartupError(
            f"{named} is a socket that does not listen: "
            "the parent process must bind it and call listen"
        )
    sock.set_inheritable(False)
    return sock
