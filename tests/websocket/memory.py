"""What a call costs in memory."""

import tracemalloc
from collections.abc import Callable


def memory_taken(act: Callable[[], object]) -> tuple[int, int]:
    """Bytes that are held after `act()`, and that were at its peak."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        held = act()
        after, peak = tracemalloc.get_traced_memory()
        del held
    finally:
        tracemalloc.stop()
    return after - before, peak - before
