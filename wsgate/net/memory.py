"""glibc's malloc, told to keep what was freed (mallopt(3)).

A message of a megabyte is a block of its own. By default malloc gives the end of the heap back to
the kernel whenever it is freed, and gets it anew for the next message, with a page fault for each
4 KiB of it: that costs more than to unmask and to check the message. Other allocators have no such
setting.
"""

from __future__ import annotations

import ctypes
from typing import Final

M_TRIM_THRESHOLD: Final = -1
M_MMAP_THRESHOLD: Final = -3

LARGEST_ON_HEAP: Final = 32 * 1024 * 1024
"""Bytes of a block that may come from the heap, as many as glibc allows; others are mapped."""


def keep_freed(size: int) -> bool:
    """Have up to `size` bytes kept at the end of the heap; 0 changes nothing.

    False where malloc is as it was: there, or where it is not glibc's.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if not size or mallopt is None:
        return False
    settings = ((M_MMAP_THRESHOLD, min(size, LARGEST_ON_HEAP)), (M_TRIM_THRESHOLD, size))
    return all(mallopt(name, value) for name, value in settings)
