"""The clients, and what each can do: the one table of how they differ, and why."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import picows.websockets
import websockets

from conformance.clients.clients import with_asyncio, with_picows, with_websocket_client
from tests.e2e.clients import Client, with_aiohttp, with_undici, with_websockets, with_ws

DEFLATE = "permessage-deflate; client_max_window_bits"


class Facts(NamedTuple):
    """What a client is, and what those who use it can make it do.

    offers: its Sec-WebSocket-Extensions. compresses: what it sends, where that is agreed; it
    inflates in any case. pings, fragments: whether its interface can send them.
    """

    client: Client
    offers: str | None = DEFLATE
    compresses: bool = True
    pings: bool = True
    fragments: bool = True


CLIENTS: dict[str, Facts] = {
    "websockets": Facts(with_websockets),
    "websockets-asyncio": Facts(partial(with_asyncio, websockets)),
    # Offers nothing unless it is told to. Its send_frame() has no word for FIN.
    "aiohttp": Facts(with_aiohttp, offers=None, compresses=False, fragments=False),
    "aiohttp-deflate": Facts(partial(with_aiohttp, compress=15), fragments=False),
    # Knows frames only: an extension is left to who uses it.
    "picows": Facts(with_picows, offers=None, compresses=False),
    "picows-websockets": Facts(partial(with_asyncio, picows.websockets)),
    # Knows no extension.
    "websocket-client": Facts(with_websocket_client, offers=None, compresses=False),
    "ws": Facts(with_ws),
    # Inflates, but has no compressor. The interface of browsers, where a message is a whole; its
    # ping() is a function beside it.
    "undici": Facts(with_undici, compresses=False, fragments=False),
}
