"""Lines on their way to a stream that may take none for a while: nobody waits for it.

What the stream takes at once is written at once, so that it keeps its place among what the
application writes there itself. The rest waits, bounded, for a thread; what is over the bound is
dropped and counted.
"""

import os
import select
import threading
import time
from collections.abc import Callable

from wsgate.observe.at_once import AtOnce

MAX_WAITING = 1024 * 1024
"""Bytes that wait for a stream; lines over that are dropped."""

PIECE = getattr(select, "PIPE_BUF", 512)
"""Bytes that are written together: so many stay in one piece in a pipe that others write to."""

PAUSE = 0.01
"""Seconds between two turns of the thread: of many lines it makes few writes."""

PATIENCE = 1.0
"""Seconds for what waits to be written, when the process ends."""


class LineWriter:
    """Writes lines to a file descriptor; of the process that it was made in.

    told: makes the line that tells how many were dropped.
    """

    def __init__(self, descriptor: int, told: Callable[[int], bytes]) -> None:
        self.process = os.getpid()
        self._descriptor = descriptor
        self._told = told
        self._at_once = AtOnce(descriptor)
        self._changed = threading.Condition()
        self._lines: list[bytes] = []
        self._size = 0
        self._dropped = 0
        self._stuck = False
        self._closed = False
        self._thread: threading.Thread | None = None

    def put(self, line: bytes) -> None:
        """Write a line, or have it wait, or drop it."""
        with self._changed:
            if self._size + len(line) > MAX_WAITING:
                self._dropped += 1
                return
            if self._dropped:
                line = self._told(self._dropped) + line
                self._dropped = 0
            if not self._size:
                line = line[self._at_once.write(line) :]
            if line:
                self._wait(line)

    def flush(self) -> bool:
        """Wait until all is written, but not for ever, nor again for a stream that took nothing.

        Give whether all is written.
        """
        with self._changed:
            patience = 0 if self._stuck else PATIENCE
            self._stuck = not self._changed.wait_for(lambda: not self._size, patience)
            return not self._stuck

    def close(self) -> bool:
        """Flush, with the same result, and let the thread end. The descriptor stays open."""
        if self._dropped:
            self.put(b"")
        written = self.flush()
        with self._changed:
            self._closed = True
            self._at_once.close()
            self._changed.notify_all()
        return written

    def _wait(self, line: bytes) -> None:
        """Have a line wait for the thread."""
        if self._thread is None:
            thread = threading.Thread(target=self._run, name="wsgate-log", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the process has no room for it, or ends
                self._dropped += 1
                return
            self._thread = thread
        self._lines.append(line)
        self._size += len(line)
        self._changed.notify_all()

    def _run(self) -> None:
        """Write what waits, until closed."""
        while lines := self._take():
            for piece in pieces(lines):
                written = self._write(piece)
                with self._changed:
                    self._size -= len(piece)
                    self._dropped += 0 if written else piece.count(b"\n")
                    self._stuck = False
                    self._changed.notify_all()
            time.sleep(PAUSE)

    def _take(self) -> list[bytes]:
        """Give all lines that wait, as soon as there are some; none at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._lines or self._closed)
            lines, self._lines = self._lines, []
        return lines

    def _write(self, data: bytes) -> bool:
        """Write all, however long it takes; give whether that went well."""
        poll = select.poll()
        poll.register(self._descriptor, select.POLLOUT)
        while data:
            poll.poll()  # who shares the stream may have made it one that does not block
            try:
                data = data[os.write(self._descriptor, data) :]
            except BlockingIOError:
                """Another was faster."""
            except OSError:
                return False
        return True


def pieces(lines: list[bytes]) -> list[bytes]:
    """Join lines to pieces of at most PIECE bytes; a longer line is a piece of its own."""
    joined: list[list[bytes]] = []
    room = 0
    for line in lines:
        if len(line) > room:
            joined.append([])
            room = PIECE
        joined[-1].append(line)
        room -= len(line)
    return [b"".join(each) for each in joined]
