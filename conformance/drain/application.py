"""The application's side: it numbers what it sends, checks what it gets, and keeps a journal.

One line for each websocket at its end, as `Journal` reads it. JOURNAL names the file.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import Awaitable, Callable
from typing import Any

INTERVAL = float(os.environ.get("INTERVAL", "5"))
"""Seconds between two messages of one side of a connection, on average."""

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Talk, and write down how far both sides came."""
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    await receive()
    await send({"type": "websocket.accept"})
    talker = Talker(send)
    talking = asyncio.ensure_future(talker.talk())
    received, in_order = 0, True
    while (message := await receive())["type"] == "websocket.receive":
        in_order &= message["text"] == str(received)
        received += 1
        # Busy for a while: at any time some have messages that wait.
        await asyncio.sleep(random.uniform(0, INTERVAL / 5))
    await asyncio.wait({talking}, timeout=2 * INTERVAL)
    talking.cancel()
    line = {
        "name": scope["path"],
        "received": received,
        "in_order": in_order,
        "sent": talker.sent,
        "code": message["code"],
    }
    descriptor = os.open(os.environ["JOURNAL"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, json.dumps(line).encode() + b"\n")
    os.close(descriptor)


class Talker:
    """Sends numbers; sent: how many `send()` took."""

    def __init__(self, send: Send) -> None:
        self.sent = 0
        self._send = send

    async def talk(self) -> None:
        """Send until that is refused."""
        while True:
            await asyncio.sleep(random.uniform(0, 2 * INTERVAL))
            try:
                await self._send({"type": "websocket.send", "text": str(self.sent)})
            except (OSError, RuntimeError):
                return
            self.sent += 1
