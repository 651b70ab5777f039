"""What is freed stays with the process, so that the next large message costs no page faults."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from wsgate.net.memory import keep_freed

ROUNDS = 50
LARGE = 4 << 20
PAGES = ROUNDS * LARGE // 4096

FAULTS = f"""
import resource
from wsgate.net.memory import keep_freed
kept = keep_freed({{size}})
bytearray({LARGE}), bytearray({LARGE})
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range({ROUNDS}):
    one, other = b"x" * {LARGE}, b"y" * {LARGE}
    del one, other
print(kept, resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(size: int) -> tuple[bool, int]:
    """Page faults of a process that takes and frees large blocks, and what `keep_freed` gave."""
    done = subprocess.run(
        [sys.executable, "-c", FAULTS.format(size=size)], capture_output=True, text=True, check=True
    )
    kept, number = done.stdout.split()
    return kept == "True", int(number)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has mallopt()")
def test_large_blocks_are_taken_again_without_page_faults() -> None:
    kept, number = faults(64 << 20)
    assert kept
    assert number < PAGES // 10
    kept, without = faults(0)
    assert not kept
    assert without > PAGES // 2


def test_zero_changes_nothing() -> None:
    assert keep_freed(0) is False
