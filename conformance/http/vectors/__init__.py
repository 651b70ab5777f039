"""All vectors, in groups."""

from __future__ import annotations

from conformance.http.vector import Rule, Vector
from conformance.http.vectors.chunks import CHUNKS, ENDS
from conformance.http.vectors.connections import CONNECTIONS, STALLS
from conformance.http.vectors.fields import FIELDS
from conformance.http.vectors.lengths import LENGTHS
from conformance.http.vectors.limits import LIMITS
from conformance.http.vectors.line_ends import LINE_ENDS
from conformance.http.vectors.request_line import REQUEST_LINE
from conformance.http.vectors.upgrades import THROUGH_A_PROXY, UPGRADES

GROUPS: dict[str, tuple[Rule, ...]] = {
    "Request line and target": REQUEST_LINE,
    "Line ends and white space": LINE_ENDS,
    "Host and other fields": FIELDS,
    "Lengths and transfer codings": LENGTHS,
    "Chunks and trailers": CHUNKS,
    "Cut bodies": ENDS,
    "Large requests": LIMITS,
    "Pipelines, last requests and responses": CONNECTIONS,
    "Half-requests that stall": STALLS,
    "Upgrades": UPGRADES,
    "Upgrades through a naive proxy": THROUGH_A_PROXY,
}

VECTORS: tuple[Vector, ...] = tuple(
    vector for rules in GROUPS.values() for rule in rules for vector in rule.vectors()
)
"""Every vector; each id occurs once."""
