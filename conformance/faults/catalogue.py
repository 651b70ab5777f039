"""All faults, in the order of the table."""

from __future__ import annotations

from conformance.faults.connections import Resets, Silent, SlowHeads, Stalled
from conformance.faults.fault import Fault
from conformance.faults.messages import Bomb, Fragments, Lengths

FAULTS: tuple[Fault, ...] = (
    Fragments(),
    Bomb(),
    Lengths(),
    Resets(),
    Silent(),
    SlowHeads(),
    Stalled(),
)
