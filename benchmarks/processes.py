"""What the processes of a server use, out of Linux's /proc; what has ended counts nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from glob import iglob
from pathlib import Path
from typing import Final

# A thread or process may end between its listing and its reading, or while its file is open.
_GONE: Final = (FileNotFoundError, ProcessLookupError)


def family(process: int) -> Iterator[int]:
    """Give a process and all below it."""
    yield process
    for children in iglob(f"/proc/{process}/task/*/children"):
        for child in _read(children).split():
            yield from family(int(child))


def memory(process: int) -> int:
    """Give the bytes of anonymous memory that a process and all below it have in use."""
    return sum(_status(each, "RssAnon:") for each in family(process))


def peak(process: int) -> int:
    """Give the sum of the largest resident sets that each of them has had, in bytes."""
    return sum(_status(each, "VmHWM:") for each in family(process))


def forget_peaks(process: int) -> None:
    """Have each begin anew with the resident set that it has now."""
    for each in family(process):
        with suppress(*_GONE):
            Path(f"/proc/{each}/clear_refs").write_text("5")


def descriptors(process: int) -> int:
    """Give the number of file descriptors that it has open, itself alone."""
    try:
        return len(os.listdir(f"/proc/{process}/fd"))
    except _GONE:
        return 0


def cpu_seconds(process: int) -> float:
    """Give the seconds that a process and all below it have computed."""
    return sum(_ticks(each) for each in family(process)) / os.sysconf("SC_CLK_TCK")


def _status(process: int, name: str) -> int:
    """Give what stands there in KiB, in bytes; 0 for what is no more."""
    for line in _read(f"/proc/{process}/status").splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    return 0


def _ticks(process: int) -> int:
    # The name, in parentheses, may hold anything; utime and stime are fields 14 and 15.
    fields = _read(f"/proc/{process}/stat").rpartition(")")[2].split()
    return sum(int(each) for each in fields[11:13])


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except _GONE:
        return ""
