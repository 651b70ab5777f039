"""The lifespan of an application (ASGI specification, "Lifespan")."""

from __future__ import annotations

import asyncio
import logging
from enum import Enum
from typing import Any, Final

from wsgate.asgi.types import Application, Message, Scope

logger = logging.getLogger("wsgate.error")

SPEC_VERSION: Final = "2.0"


RETURN_TIME: Final = 1.0
"""Seconds in which an application returns that has answered lifespan.shutdown, or is cancelled."""


class Stage(Enum):
    """How far the lifespan is; the value is what the application may send then."""

    STARTING = "lifespan.startup.complete or lifespan.startup.failed"
    RUNNING = "nothing before lifespan.shutdown has come"
    STOPPING = "lifespan.shutdown.complete or lifespan.shutdown.failed"
    ENDED = "nothing more"


ANSWERED: Final = {Stage.STARTING: "lifespan.startup", Stage.STOPPING: "lifespan.shutdown"}
"""What the application's message answers."""


class LifespanFailed(Exception):  # noqa: N818 (the ASGI specification says "failed")
    """Start-up or shutdown failed; the message is the application's, or a sentence of ours."""


class Lifespan:
    """Run the application's start-up and shutdown.

    required: False where an application may refuse the scope by raising (lifespan "auto").
    state: what start-up puts there is what each scope gets a copy of.
    """

    def __init__(self, application: Application, *, required: bool) -> None:
        self.state: dict[str, Any] = {}
        self._application = application
        self._required = required
        self._stage = Stage.STARTING
        self._messages: asyncio.Queue[Message] = asyncio.Queue()
        self._started = asyncio.Event()
        self._stopped = asyncio.Event()
        self._failure: str | None = None
        self._task: asyncio.Task[None] | None = None

    async def startup(self) -> None:
        """Run start-up; raises LifespanFailed. To cancel it cancels the application's."""
        self._messages.put_nowait({"type": "lifespan.startup"})
        self._task = asyncio.ensure_future(self._run())
        try:
            await self._started.wait()
        except asyncio.CancelledError:
            self._task.cancel()
            raise
        if self._failure is not None:
            raise LifespanFailed(self._failure)

    async def shutdown(self, timeout: float) -> None:
        """Run shutdown; raises LifespanFailed, also after `timeout` seconds.

        Whatever its end, what is left of the application's lifespan is cancelled.
        """
        if self._task is None or self._task.done():
            return
        self._stage = Stage.STOPPING
        self._messages.put_nowait({"type": "lifespan.shutdown"})
        try:
            await asyncio.wait_for(self._stopped.wait(), timeout)
            await asyncio.wait({self._task}, timeout=RETURN_TIME)
        except asyncio.TimeoutError:
            self._failure = f"lifespan.shutdown was not answered within {timeout:g} s"
        finally:
            self._task.cancel()
        if self._failure is not None:
            raise LifespanFailed(self._failure)

    async def abandon(self) -> None:
        """Cancel what is left of it, and give it a bounded time to end."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=RETURN_TIME)

    async def _run(self) -> None:
        scope: Scope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": SPEC_VERSION},
            "state": self.state,
        }
        try:
            await self._application(scope, self._messages.get, self._send)
        except Exception as error:
            self._raised(error)
        finally:
            if self._stage is Stage.STARTING and self._required and self._failure is None:
                self._failure = (
                    "the application returned before lifespan.startup.complete; "
                    "--lifespan off is for one that has none"
                )
            self._stage = Stage.ENDED
            self._started.set()
            self._stopped.set()

    def _raised(self, error: Exception) -> None:
        if self._failure is not None:
            return
        if self._stage is Stage.STARTING and not self._required:
            logger.info("The application does not support lifespan: it raised %r", error)
            return
        logger.error("Exception in the lifespan of the application", exc_info=error)
        if self._stage is not Stage.RUNNING:
            self._failure = f"the application raised {type(error).__name__} in its lifespan"

    async def _send(self, message: Message) -> None:
        kind, answered = message.get("type"), ANSWERED.get(self._stage)
        if answered is None or kind not in (f"{answered}.complete", f"{answered}.failed"):
            raise RuntimeError(
                f"send: got {kind!r} in the lifespan scope, expected {self._stage.value}"
            )
        if kind == f"{answered}.failed":
            self._failure = message.get("message") or f"{kind} without a message"
        if self._stage is Stage.STARTING:
            self._stage = Stage.ENDED if self._failure else Stage.RUNNING
            self._started.set()
        else:
            self._stage = Stage.ENDED
            self._stopped.set()
