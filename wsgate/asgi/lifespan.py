"""The lifespan of an application (ASGI specification, "Lifespan")."""

from __future__ import annotations

import asyncio
import logging
from enum import Enum
from typing import Any, Final

from wsgate.asgi.types import Application, Message, Scope

logger = logging.getLogger("wsgate.error")

SPEC_VERSION: Final = "2.0"


class Stage(Enum):
    """How far the lifespan is; the value is what the application is to send next."""

    STARTING = "lifespan.startup"
    RUNNING = "nothing until lifespan.shutdown"
    STOPPING = "lifespan.shutdown"
    ENDED = "nothing more"


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
        self._started = asyncio.Event()
        self._stop = asyncio.Event()
        self._stopped = asyncio.Event()
        self._failure: str | None = None
        self._supported = False
        self._task: asyncio.Task[None] | None = None

    async def startup(self) -> None:
        """Run start-up; raises LifespanFailed."""
        self._task = asyncio.ensure_future(self._run())
        await self._started.wait()
        if self._failure is not None:
            raise LifespanFailed(self._failure)

    async def shutdown(self, timeout: float) -> None:
        """Run shutdown; raises LifespanFailed, also after `timeout` seconds."""
        if self._task is None or self._task.done():
            return
        self._stage = Stage.STOPPING
        self._stop.set()
        try:
            await asyncio.wait_for(self._stopped.wait(), timeout)
        except asyncio.TimeoutError:
            self._task.cancel()
            raise LifespanFailed(
                f"lifespan.shutdown was not answered within {timeout:g} s"
            ) from None
        if self._failure is not None:
            raise LifespanFailed(self._failure)
        await asyncio.wait({self._task}, timeout=timeout)

    async def _run(self) -> None:
        scope: Scope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": SPEC_VERSION},
            "state": self.state,
        }
        try:
            await self._application(scope, self._receive, self._send)
        except Exception as error:
            self._raised(error)
        else:
            if self._stage is Stage.STARTING and self._required:
                self._failure = (
                    "the application returned before lifespan.startup.complete; "
                    "--lifespan off is for one that has none"
                )
        finally:
            self._stage = Stage.ENDED
            self._started.set()
            self._stopped.set()

    def _raised(self, error: Exception) -> None:
        if self._failure is not None:
            return
        if self._stage is Stage.STARTING and not self._required:
            logger.debug("The application does not support lifespan: %r", error)
            return
        logger.error("Exception in the lifespan of the application", exc_info=error)
        self._failure = f"the application raised {type(error).__name__} in its lifespan"

    async def _receive(self) -> Message:
        if not self._supported:
            self._supported = True
            return {"type": "lifespan.startup"}
        await self._stop.wait()
        return {"type": "lifespan.shutdown"}

    async def _send(self, message: Message) -> None:
        kind = message["type"]
        if self._stage not in (Stage.STARTING, Stage.STOPPING) or kind not in (
            f"{self._stage.value}.complete",
            f"{self._stage.value}.failed",
        ):
            raise RuntimeError(
                f"send: got {kind!r}, expected {self._stage.value}.complete or .failed"
            )
        if kind.endswith(".failed"):
            self._failure = message.get("message") or f"{kind} without a message"
        if self._stage is Stage.STARTING:
            self._stage = Stage.RUNNING
            self._started.set()
        else:
            self._stopped.set()
