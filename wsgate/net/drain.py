"""The end of all connections of a worker, in turn: nothing is lost that was accepted.

What runs is finished; open websockets are closed one after the other in random order, so that their
clients do not all come back in the same moment. docs/drain.md says what is promised.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from wsgate.config import Config
from wsgate.errors import ConfigError
from wsgate.event_loop import ABANDON_TIME
from wsgate.net.service import Service
from wsgate.net.websocket_connection import WebSocketConnection
from wsgate.observe.targets import LONGEST, PRINTABLE
from wsgate.websocket.close_codes import may_be_sent

logger = logging.getLogger("wsgate.error")

STEP = 0.01
"""Seconds: closes that are due within are made together."""

MOST_NAMED = 5
"""Paths that are named in a line of the log."""

LONGEST_SPREAD = 0.5
"""Part of the graceful timeout within which the last close is made; the rest is for its answer."""


def check_drain(config: Config) -> None:
    """Raise ConfigError for what can never be done."""
    if not may_be_sent(config.drain_code):
        raise ConfigError(
            f"--drain-code {config.drain_code} must not be sent (RFC 6455 section 7.4): "
            "give 1012, 1001 or one of 3000 to 4999"
        )
    if config.drain_time > config.timeout_graceful_shutdown:
        raise ConfigError(
            f"--drain-time {config.drain_time:g} is over --timeout-graceful-shutdown "
            f"{config.timeout_graceful_shutdown:g}, when all is cut: give a longer one of those"
        )


async def done_before(
    event: asyncio.Event, work: asyncio.Future[Any], timeout: float | None = None
) -> bool:
    """Wait for work until an event, or for so many seconds; give whether it is done."""
    happening: asyncio.Future[Any] = asyncio.ensure_future(event.wait())
    await asyncio.wait({work, happening}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    happening.cancel()
    return work.done()


async def drain(service: Service, forced: asyncio.Event) -> None:
    """End all connections within the graceful timeout, or until `forced`; cut what is left.

    The last line of the log counts them: clean are those that ended by themselves, forced those
    that were cut, lost those whose peer left without a word.
    """
    links, lost_before = list(service.connections), service.lost
    service.stopping = True
    websockets = [each for each in links if isinstance(each, WebSocketConnection) and each.settled]
    random.shuffle(websockets)
    closing = asyncio.ensure_future(_close_in_turn(service, websockets))
    for link in set(links).difference(websockets):
        link.shut_down()
    ended = asyncio.ensure_future(service.ended())
    cut = 0
    if not await done_before(forced, ended, service.config.timeout_graceful_shutdown):
        cut = len(service.connections)
    lost = service.lost - lost_before
    closing.cancel()
    if not ended.done():
        await _cut(service, ended, forced)
    clean = len(links) - cut - lost
    logger.info("drained=%d clean=%d forced=%d lost=%d", len(links), clean, cut, lost)


async def _close_in_turn(service: Service, links: list[WebSocketConnection]) -> None:
    """Close websockets, and tell those that want to know when their turn comes."""
    if not links:
        return
    spacing, begin = _spacing(service, len(links)), service.loop.time()
    for number, link in enumerate(links):
        link.announce(number * spacing)
    for number, link in enumerate(links):
        wait = begin + number * spacing - service.loop.time()
        if wait > 0:
            await asyncio.sleep(max(wait, STEP))
        if link in service.connections:
            link.shut_down()


def _spacing(service: Service, count: int) -> float:
    """Give the seconds between two closes."""
    config = service.config
    if config.drain_time:
        return config.drain_time / count
    within = config.timeout_graceful_shutdown * LONGEST_SPREAD
    return min(1 / config.drain_rate, within / count)


async def _cut(service: Service, ended: asyncio.Future[None], forced: asyncio.Event) -> None:
    """Cancel the calls of the application, then abort the connections that are left."""
    logger.error(
        "Shutting down: %d connections and %d calls of the application did not end in time and "
        "are cancelled%s",
        len(service.connections),
        len(service.tasks),
        named(service.tasks),
    )
    service.cancel()
    await done_before(forced, ended, ABANDON_TIME)
    service.abort()
    await asyncio.wait({ended}, timeout=ABANDON_TIME)
    ended.cancel()
    if service.tasks:
        number = len(service.tasks)
        logger.error("%d calls go on in spite of that%s", number, named(service.tasks))


def named(calls: Iterable[asyncio.Future[None]]) -> str:
    """Name the paths that calls of the application are for, the most frequent first."""
    counts = Counter(each.get_name() for each in calls if isinstance(each, asyncio.Task))
    if not counts:
        return ""
    names = [
        quote(path[:LONGEST], safe=PRINTABLE, errors="backslashreplace")
        + (f" ({count} times)" if count > 1 else "")
        for path, count in counts.most_common(MOST_NAMED)
    ]
    more = f" and {len(counts) - MOST_NAMED} more" if len(counts) > MOST_NAMED else ""
    return ": " + ", ".join(names) + more
