"""The part that a worker has of all connections: who is over the mean, and who counts."""

from __future__ import annotations

import pytest

from wsgate.net.share import AWAY, Share, numbers


def table_of(*counts: int) -> memoryview:
    """A table with these rows in use, and one more that is not."""
    table = memoryview(bytearray(8 * numbers(len(counts) + 1))).cast("q")
    table[0] = len(counts)
    for at, value in enumerate((*counts, 12345)):
        table[1 + 2 * at] = table[2 + 2 * at] = value
    return table


@pytest.mark.parametrize(
    ("counts", "over", "fair"),
    [
        ((0, 0, 0, 0), False, True),
        ((4, 0, 0, 0), False, False),
        ((5, 0, 0, 0), False, False),
        ((6, 0, 0, 0), True, False),
        ((113, 100, 100, 100), True, False),
        ((112, 100, 100, 100), False, False),
        ((101, 100, 100, 100), False, True),
        ((100, 0, AWAY, AWAY), True, False),
        ((100, AWAY, AWAY, AWAY), False, True),
        ((0, 100, 100, 100), False, True),
    ],
)
def test_over_and_fair(counts: tuple[int, ...], over: bool, fair: bool) -> None:
    share = Share(table_of(*counts), 1)
    assert (share.over, share.fair) == (over, fair)


def test_each_writes_its_own_row() -> None:
    table = table_of(0, 0, 0)
    one, two = Share(table, 1), Share(table, 2)
    one.publish(7)
    two.publish(5)
    assert table.tolist()[:7] == [3, 7, 0, 5, 0, 0, 0]
    assert one.total() == two.total() == 12
    one.hold(3)
    two.hold(2)
    assert one.held() == two.held() == 5
    two.leave()
    assert one.total() == 7
    assert one.held() == 5
    two.clear()
    assert one.held() == 3


def test_nobody_counts() -> None:
    share = Share(table_of(AWAY), 1)
    assert share.total() == 0
    assert share.fair
