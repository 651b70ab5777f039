"""What a process is called in the lists of ps, top and pgrep."""

import ctypes
import sys
from contextlib import suppress
from pathlib import Path

_PR_SET_NAME = 15  # prctl(2)
_LONGEST_NAME = 15  # bytes, without the one that ends it


def name_process(what: str) -> None:
    """Call this process ``wsgate: <what>``, as far as the system allows.

    Linux only: the short name (pgrep, top) holds 15 bytes, and the command line (ps) as many as
    the one that it was started with.
    """
    title = f"wsgate: {what}"
    if sys.platform == "linux":
        with suppress(OSError, ValueError, IndexError):
            _write_over_arguments(title.encode())
            name = title.replace(" ", "", 1).encode()[:_LONGEST_NAME]
            ctypes.CDLL(None).prctl(_PR_SET_NAME, name, 0, 0, 0)


def _write_over_arguments(title: bytes) -> None:
    """Replace the arguments of the program where the kernel reads them, proc_pid_stat(5)."""
    # The name of the program, the second field, stands in parentheses and may hold anything.
    fields = Path("/proc/self/stat").read_text().rpartition(") ")[2].split()
    start, end = int(fields[48 - 3]), int(fields[49 - 3])
    room = end - start
    if start and room > 1:
        ctypes.memmove(start, title[: room - 1].ljust(room, b"\0"), room)
