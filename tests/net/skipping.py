"""A real event loop whose time passes when there is nothing to do."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from typing import Any

START = 1000.0


class SkippingSelector(selectors.SelectSelector):
    """Does not wait: time jumps to where the wait would have ended."""

    now = START

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout:
            self.now += timeout
        return ready


class SkippingLoop(asyncio.SelectorEventLoop):
    """A real event loop; `timers` are all that were ever set."""

    def __init__(self) -> None:
        self.selector = SkippingSelector()
        self.timers: list[asyncio.TimerHandle] = []
        super().__init__(self.selector)

    def time(self) -> float:
        return self.selector.now

    def call_at(  # type: ignore[override]  # Python 3.10 cannot write its signature
        self, when: float, callback: Callable[..., object], *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        timer = super().call_at(when, callback, *args, context=context)
        self.timers.append(timer)
        return timer

    @property
    def waiting(self) -> list[float]:
        """When the timers that are set now will come."""
        return [each.when() for each in self.timers if not each.cancelled()]

    def run_until(self, moment: float) -> None:
        """Let time pass."""

        async def passing() -> None:
            passed = self.create_future()
            super(SkippingLoop, self).call_at(moment, passed.set_result, None)
            await passed

        self.run_until_complete(passing())
