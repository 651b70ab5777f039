"""What a call costs in memory."""

import sys
import tracemalloc
from collections.abc import Callable


def memory_taken(act: Callable[[], object]) -> tuple[int, int]:
    """Bytes that are held after `act()`, and that were at its peak.

    Each thread would count, also the one that tells pytest's worker of tests to come: it waits.
    """
    interval = sys.getswitchinterval()
    sys.setswitchinterval(3600)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        held = act()
        after, peak = tracemalloc.get_traced_memory()
        del held
    finally:
        tracemalloc.stop()
        sys.setswitchinterval(interval)
    return after - before, peak - before
