"""Websockets whose application cancels `receive()` and `send()`, or sends from many tasks."""

from __future__ import annotations

import asyncio
from typing import Any

MOMENT = 0.001
"""Seconds after which a call is cancelled."""

TASKS, MESSAGES = 50, 100

LARGE = 65_536
SENT = 256


async def hasty(receive: Any, send: Any) -> None:
    """Cancel each `receive()` that takes a moment; echo what comes, tell how many those were."""
    await send({"type": "websocket.accept"})
    cancelled = 0
    while True:
        try:
            message = await asyncio.wait_for(receive(), MOMENT)
        except asyncio.TimeoutError:
            cancelled += 1
            continue
        if message["type"] == "websocket.disconnect":
            return
        text = message["text"] if message["text"] != "cancelled?" else str(cancelled)
        await send({"type": "websocket.send", "text": text})


async def leaving(receive: Any, send: Any) -> None:
    """Cancel each `send()` that takes a moment; tell how many those were, and close."""
    await send({"type": "websocket.accept"})
    cancelled = 0
    for number in range(SENT):
        message = {"type": "websocket.send", "bytes": number.to_bytes(2, "big") * (LARGE // 2)}
        try:
            await asyncio.wait_for(send(message), MOMENT)
        except asyncio.TimeoutError:
            cancelled += 1
    print("/leaving: all sent", flush=True)
    await send({"type": "websocket.send", "text": str(cancelled)})


async def speaking(receive: Any, send: Any) -> None:
    """Send messages of all sizes from many tasks at once."""
    await send({"type": "websocket.accept"})

    async def speak(task: int) -> None:
        for number in range(MESSAGES):
            message = bytes([task, number]) + bytes([task]) * (37 * task)
            await send({"type": "websocket.send", "bytes": message})

    await asyncio.gather(*map(speak, range(TASKS)))
