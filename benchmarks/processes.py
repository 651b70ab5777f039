"""What the processes of a server use, out of Linux's /proc."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


def family(process: int) -> Iterator[int]:
    """Give a process and all below it."""
    yield process
    for task in Path(f"/proc/{process}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from family(int(child))


def memory(process: int) -> int:
    """Give the bytes of anonymous memory that a process and all below it have in use."""
    return sum(_anonymous(each) for each in family(process))


def cpu_seconds(process: int) -> float:
    """Give the seconds that a process and all below it have computed."""
    return sum(_ticks(each) for each in family(process)) / os.sysconf("SC_CLK_TCK")


def _anonymous(process: int) -> int:
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return 0


def _ticks(process: int) -> int:
    # The name, in parentheses, may hold anything; utime and stime are fields 14 and 15.
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
