"""What all connections of a worker share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import copy_context
from types import CoroutineType
from typing import Any, Final, Protocol

from wsgate.asgi.cause import Cause
from wsgate.asgi.compression import Compression
from wsgate.asgi.types import Application, Headers, Receive, Scope, Send
from wsgate.asgi.waiters import Waiters
from wsgate.asgi.websocket_phase import Disconnect
from wsgate.config import Config
from wsgate.http1.fields import DefaultFields
from wsgate.http1.parsers import PARSERS
from wsgate.http1.reader import Limits
from wsgate.net.admission import Admission
from wsgate.net.certificates import Certificates
from wsgate.net.clock import Clock
from wsgate.net.forwarded import USUAL_FIELDS, ForwardedPolicy
from wsgate.net.forwarded_fields import ForwardedFields
from wsgate.net.profiles import Profiles
from wsgate.net.share import Share
from wsgate.net.writer import Turn
from wsgate.observe.access_log import AccessLog
from wsgate.observe.counters import Counters
from wsgate.websocket.frame_cache import FrameCache

Done = Callable[[asyncio.Future[None]], None]

# A compiled module looks into another for each use of a name.
_TASK: Final = asyncio.Task


class Link(Protocol):
    """An open connection, as the worker sees it."""

    def shut_down(self) -> None:
        """End as soon as what runs is done; take nothing new."""

    def abort(self) -> None:
        """End now."""


class Service:
    """The application, the settings and the instruments of one event loop.

    connections: those that are open. tasks: the calls of the application that run, and who is told
    of the end of each.
    stopping: the worker takes no further request. lost: how many connections have ended before
    their time. restart, aged: why a websocket ends in a drain, and for its age. share: where
    there are several workers. certificates: where TLS is spoken. admission: where who is let in is
    limited. counters: those of the server.
    """

    def __init__(
        self,
        config: Config,
        application: Application,
        state: dict[str, Any],
        loop: asyncio.AbstractEventLoop,
        share: Share | None = None,
        certificates: Certificates | None = None,
        counters: Counters | None = None,
    ) -> None:
        self.config = config
        self.application = application
        self.state = state
        self.loop = loop
        self.share = share
        self.certificates = certificates
        self.clock = Clock(loop)
        self.turn = Turn(loop)
        self.access_log = AccessLog(config, loop.call_later)
        self.forwarded = ForwardedPolicy(config.forwarded_allow_ips)
        self.forwarded_fields: ForwardedFields | None = None
        if set(config.forwarded_fields) != USUAL_FIELDS:
            self.forwarded_fields = ForwardedFields(self.forwarded, config.forwarded_fields)
        self.parse_head = PARSERS[config.http]
        self.http_limits = Limits(
            request_line=config.limit_request_line,
            head=config.limit_request_head,
            fields=config.limit_request_fields,
        )
        self.compression = Compression(config.ws_deflate_memory)
        self.profiles = Profiles(config, self.compression, self.clock)
        self.admission: Admission | None = None
        if config.limit_concurrency or config.limit_connections or self.profiles.limiting:
            self.admission = Admission(config, share)
        self.counters = counters or Counters()
        self.frame_cache = FrameCache()
        self.connections: set[Link] = set()
        self.lost = 0
        self.restart = Disconnect(config.drain_code, "the server restarts", Cause.SHUTDOWN)
        self.aged = Disconnect(config.drain_code, "the connection is renewed", Cause.LIFETIME)
        self.tasks: dict[asyncio.Future[None], Done] = {}
        self._on_task_done = self._task_done
        self._context = copy_context()
        self.stopping = False
        self._changed = Waiters(loop)
        configured = {name for name, _ in config.headers}
        self._fixed_headers: Headers = list(config.headers)
        if config.server_header and b"server" not in configured:
            self._fixed_headers.append((b"server", b"wsgate"))
        self._dated = config.date_header and b"date" not in configured
        self._date = b""
        self._default_fields = DefaultFields(self._fixed_headers)

    def add(self, connection: Link) -> None:
        """Take an open connection in."""
        self.connections.add(connection)

    def remove(self, connection: Link, lost: bool = False) -> None:
        """Forget a connection that ended, or became another. lost: it ended before its time."""
        self.connections.discard(connection)
        self.lost += lost
        if self.share is not None:
            self.share.publish(len(self.connections))
        self._changed.wake()

    async def ended(self) -> None:
        """Wait until no connection is open and no call of the application runs."""
        while self.connections or self.tasks:
            await self._changed.wait()

    def cancel(self) -> None:
        """Cancel the calls of the application; their connections end as if they had raised."""
        for task in list(self.tasks):
            task.cancel()

    def abort(self) -> None:
        """Abort the connections that are left."""
        for connection in list(self.connections):
            connection.abort()

    def default_fields(self) -> DefaultFields:
        """Give the fields of each response that the application does not set."""
        if self._dated and (date := self.clock.date()) is not self._date:
            self._date = date
            self._default_fields = DefaultFields([(b"date", date), *self._fixed_headers])
        return self._default_fields

    def call_application(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        done: Done,
    ) -> None:
        """Run the application for one scope, in a task of its own without a frame of ours.

        done: called with the finished task.
        """
        task: asyncio.Future[None]
        try:
            call = self.application(scope, receive, send)
            if isinstance(call, CoroutineType):
                task = self._task(call, scope["path"])
            else:
                task = asyncio.ensure_future(call, loop=self.loop)
        except Exception as error:
            task = self.loop.create_future()
            task.set_exception(error)
        self.tasks[task] = done
        # One callback, and the same for all tasks: a second takes a list for each.
        task.add_done_callback(self._on_task_done, context=self._context)
        # The traceback of the error knows this frame: they would hold each other.
        del task

    def _task(self, call: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Make the task as `loop.create_task()` does, which gives each a number for a name."""
        if self.loop.get_task_factory() is None:
            return _TASK(call, loop=self.loop, name=name)
        return self.loop.create_task(call, name=name)

    def _task_done(self, task: asyncio.Future[None]) -> None:
        done = self.tasks.pop(task)
        try:
            done(task)
        finally:
            self._changed.wake()
