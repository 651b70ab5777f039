"""Counts the requests and the websockets that an application is called for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from wsgate.asgi.types import Application, Receive, Scope, Send


class CallCounter:
    """The application, and at its call number `limit` also `reached(limit)`; lifespan is no call.

    What the application gives is passed on: no frame of ours is on the way of a message.
    """

    def __init__(
        self, application: Application, limit: int, reached: Callable[[int], None]
    ) -> None:
        self._application = application
        self._limit = limit
        self._reached = reached
        self._calls = 0

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Call the application (ASGI specification, Applications)."""
        if scope["type"] != "lifespan":
            self._calls += 1
            if self._calls == self._limit:
                self._reached(self._limit)
        return self._application(scope, receive, send)
