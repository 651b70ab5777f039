"""What a call costs in memory."""

import sys
import time
import tracemalloc
from collections.abc import Callable


def memory_taken(*acts: Callable[[], object]) -> tuple[int, int]:
    """Bytes that are held after `act()`, and that were at its peak; of several acts, the least.

    Each thread would count, also the one that tells pytest's worker of tests to come: it waits,
    but where zlib is at work, which lets it run. And Python keeps something of code that is new to
    it. Both only add, so to do twice what calls zlib shows what that takes by itself.
    """
    taken = [_memory_taken(act) for act in acts]
    return min(held for held, _ in taken), min(peak for _, peak in taken)


def _memory_taken(act: Callable[[], object]) -> tuple[int, int]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(3600)
    time.sleep(0)  # Who waits for the interpreter already, by the old interval, begins anew.
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
