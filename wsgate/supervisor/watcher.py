"""The process that watches the files: the master stays a single thread, which may fork.

What has changed is said in lines, a list of paths each; the first line says that it watches. The
end of the pipe ends the process.
"""

import select
import socket
from collections.abc import Callable

from wsgate.supervisor.files import Files, changes, forget_bytecode, shown
from wsgate.supervisor.title import name_process


class Watcher:
    """The watching process, as its master sees it."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._begun = b""

    def fileno(self) -> int:
        """Give the descriptor, for a selector."""
        return self._sock.fileno()

    def close(self) -> None:
        """Have the process end."""
        self._sock.close()

    def receive(self) -> list[str] | None:
        """Give what has changed, in words, once each time; None where the process is gone."""
        data = self._sock.recv(65_536)
        if not data:
            return None
        *lines, self._begun = (self._begun + data).split(b"\n")
        return [line.decode(errors="replace") for line in lines]


def start_watcher(files: Files, delay: float, fork: Callable[[Callable[[], int]], int]) -> Watcher:
    """Watch; no change from now on is missed. delay: as of `changes`; fork: starts a process."""
    ours, theirs = socket.socketpair()

    def work() -> int:
        ours.close()
        name_process("watcher")
        return watch(theirs, files, delay)

    fork(work)
    theirs.close()
    watcher = Watcher(ours)
    watcher.receive()
    return watcher


def watch(master: socket.socket, files: Files, delay: float) -> int:
    """Tell the master of each change until it is gone."""

    def pause(seconds: float) -> bool:
        return not select.select([master], [], [], seconds)[0]  # the master never says a word

    for number, changed in enumerate(changes(files, delay, pause)):
        if number and not changed:
            continue  # nothing to tell, but once that it watches
        forget_bytecode(changed)
        try:
            master.sendall(shown(changed).replace("\n", " ").encode(errors="replace") + b"\n")
        except OSError:
            break
    return 0
