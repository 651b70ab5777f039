"""What master and worker say to each other: words, a line each, over a pair of sockets.

Its end is a message too: the other process is gone.
"""

import socket
from enum import Enum


class Word(Enum):
    """A message; by whom it is said and what it asks for."""

    # Of the master.
    PING = "ping"  # are you there?
    DRAIN = "drain"  # end as on SIGTERM
    RETIRE = "retire"  # end, another worker has taken over
    FORCE = "force"  # end at once
    REOPEN = "reopen"  # open the log files anew
    # Of a worker.
    READY = "ready"  # I accept connections
    PONG = "pong"  # I am
    LEAVING = "leaving"  # I have begun to drain
    TIRED = "tired"  # I have reached a limit: replace me


_WORDS = {word.value.encode(): word for word in Word}


class Channel:
    """One end; neither sending nor receiving ever waits."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._begun = b""

    def fileno(self) -> int:
        """Give the descriptor, for a selector."""
        return self._sock.fileno()

    def close(self) -> None:
        """Let the other end know that this one is gone."""
        self._sock.close()

    def send(self, word: Word) -> None:
        """Say something; where nobody listens, or has not for long, it is lost."""
        try:
            self._sock.send(word.value.encode() + b"\n")
        except OSError:
            pass

    def receive(self) -> list[Word] | None:
        """Give what has come, but for what is no word; None where the other end is gone."""
        try:
            data = self._sock.recv(65_536)
        except BlockingIOError:
            return []
        except OSError:
            return None
        if not data:
            return None
        *lines, self._begun = (self._begun + data).split(b"\n")
        return [_WORDS[line] for line in lines if line in _WORDS]


def channel_pair() -> tuple[Channel, Channel]:
    """Make both ends."""
    one, other = socket.socketpair()
    return Channel(one), Channel(other)
