"""How the browsers differ from the standard and from each other: the one table, with reasons."""

from __future__ import annotations

from typing import NamedTuple


class Facts(NamedTuple):
    """What a browser does.

    offers: its Sec-WebSocket-Extensions. insists: whether it fails a websocket whose server takes
    none of the subprotocols that were offered. unknown_codes: of a Close, which it takes for a
    violation. overhead: bytes that bufferedAmount counts beside the payload after the close.
    """

    offers: str = "permessage-deflate; client_max_window_bits"
    insists: bool = True
    unknown_codes: frozenset[int] = frozenset()
    overhead: int = 0


FACTS: dict[str, Facts] = {
    "chromium": Facts(),
    # Lets no server choose its window. Leaves it to the page to look at `protocol`, where the
    # standard fails the websocket (WHATWG WebSockets, "establish a WebSocket connection").
    "firefox": Facts(offers="permessage-deflate", insists=False),
    # The same of `protocol`. libsoup knows the codes of RFC 6455 alone, not those that IANA
    # registered since: it answers 1002, and the page is told 1006. Safari has a network stack of
    # its own. Header and mask are 6 bytes, though the standard does not count framing.
    "webkit": Facts(insists=False, unknown_codes=frozenset({1012, 1013, 1014}), overhead=6),
}
