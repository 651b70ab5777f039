"""How long to wait before the next start of a worker, where the ones before went wrong."""

FIRST_DELAY = 0.25
LONGEST_DELAY = 30.0
"""Seconds; each delay is twice the one before."""


class BackOff:
    """The first failure costs nothing: who is killed once is replaced at once."""

    __slots__ = ("_failures",)

    def __init__(self) -> None:
        self._failures = 0

    def failed(self) -> float:
        """Count a failure in a row; give the seconds to wait."""
        self._failures += 1
        if self._failures == 1:
            return 0.0
        return min(FIRST_DELAY * 2.0 ** min(self._failures - 2, 30), LONGEST_DELAY)

    def succeeded(self) -> None:
        """Begin anew."""
        self._failures = 0
