"""What became of the promise (docs/drain.md), of both sides' journals."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from conformance.drain.crowd import Client


def broken(clients: Sequence[Client], journal: Path, code: int) -> Counter[str]:
    """Count what was broken, by the letter of the promise and in words; nothing is best."""
    lines = {
        line["name"].lstrip("/"): line for line in map(json.loads, journal.read_text().splitlines())
    }
    found: Counter[str] = Counter()
    for client in clients:
        line = lines.get(client.name)
        if line is None:
            found["(d) the application got no disconnect"] += 1
            continue
        if not client.in_order or client.received < line["sent"]:
            found["(a) a message whose send() returned has not come"] += 1
        if not line["in_order"] or not client.arrived <= line["received"] <= client.sent:
            found["(b) a message is missing in the application"] += 1
        if client.code != code or not client.clean:
            found[f"(c) no clean {code}: {client.code or 'cut'}"] += 1
        if line["code"] != code:
            found[f"(d) the application was told {line['code']}"] += 1
        if client.reset:
            found["(e) RST"] += 1
    return found


def spread(clients: Sequence[Client]) -> tuple[float, int]:
    """Give the seconds from the first Close to the last, and the most of them in any one second."""
    times = sorted(each.closed_at for each in clients if each.code)
    if not times:
        return 0.0, 0
    most = max(bisect_left(times, time + 1) - at for at, time in enumerate(times))
    return times[-1] - times[0], most
