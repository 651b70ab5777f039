"""A handler of `logging` that never holds up who logs."""

import logging
import os
from typing import TextIO

from wsgate.observe.line_writer import LineWriter

CLOSED = -1
"""In place of the descriptor of a file that was closed."""

_MODE = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC


class LineHandler(logging.Handler):
    """Sends records as lines to a stream, or to the end of the file with this path.

    It may be made before a fork: each process has a thread and a queue of its own. Raises OSError
    where the file cannot be opened, and io.UnsupportedOperation for a stream without a descriptor.
    """

    def __init__(self, target: TextIO | str) -> None:
        self._path = target if isinstance(target, str) else None
        if isinstance(target, str):
            self._descriptor = os.open(target, _MODE, 0o666)
            self._encoding = "utf-8"
        else:
            self._descriptor = target.fileno()
            self._encoding = target.encoding or "utf-8"
        self._writer: LineWriter | None = None
        super().__init__()  # last: from here on `logging` may flush and close it

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record, or have it wait, or drop and count it; nothing once closed."""
        if self._descriptor == CLOSED:
            return
        try:
            line = self._line(record)
            writer = self._own_writer()
            if writer is None:
                writer = self._writer = LineWriter(self._descriptor, self._told)
            writer.put(line)
        except Exception:
            self.handleError(record)

    def flush(self) -> None:
        """Wait for what waits, within a bound."""
        writer = self._own_writer()
        if writer is not None:
            writer.flush()

    def reopen(self) -> None:
        """Go on in a new file at the same path, where that was moved; raises OSError."""
        if self._path is not None:
            new = os.open(self._path, _MODE, 0o666)
            os.dup2(new, self._descriptor, inheritable=False)
            os.close(new)

    def close(self) -> None:
        """Write what waits, within a bound, and close the file; a second time it does nothing."""
        writer, self._writer = self._own_writer(), None
        written = writer is None or writer.close()
        if self._path is not None:
            if written:
                os.close(self._descriptor)
            self._path, self._descriptor = None, CLOSED
        super().close()

    def _own_writer(self) -> LineWriter | None:
        """Give the writer of this process: what was made before a fork has no thread any more."""
        writer = self._writer
        return writer if writer is not None and writer.process == os.getpid() else None

    def _line(self, record: logging.LogRecord) -> bytes:
        return f"{self.format(record)}\n".encode(self._encoding, "backslashreplace")

    def _told(self, dropped: int) -> bytes:
        message = "Lines of this log that were dropped, since nobody read them: %(dropped)d"
        args = {"dropped": dropped}
        return self._line(
            logging.LogRecord("wsgate.error", logging.WARNING, "", 0, message, (args,), None)
        )
