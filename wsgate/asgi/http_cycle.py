"""One HTTP request and its response, as the application sees them.

ASGI specification, "HTTP": the cycle is the application's `receive` and `send`. The head of a
response waits for the first piece of its body, so that a small response is one write.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from enum import Enum
from typing import Final

from wsgate.asgi.outcome import error_of
from wsgate.asgi.types import Fields, Message, Writer
from wsgate.asgi.waiters import Waiters
from wsgate.errors import Disconnected
from wsgate.http1.events import Request
from wsgate.http1.fields import DefaultFields
from wsgate.http1.writer import CONTINUE, ResponseWriter, refusal

logger = logging.getLogger("wsgate.error")

GONE: Final = "the client has closed the connection"

MAX_BODY_WAITING: Final = 65_536
"""Bytes of a request's body that may wait for the application before reading pauses."""


class ResponseState(Enum):
    """How far the response is; the value is what the application may send then."""

    NOT_STARTED = "http.response.start"
    STARTED = "http.response.body"
    COMPLETE = "nothing more: the response is complete"


# Compiled modules find a constant at once, a member of an Enum in its class.
NOT_STARTED: Final = ResponseState.NOT_STARTED
STARTED: Final = ResponseState.STARTED
COMPLETE: Final = ResponseState.COMPLETE


class BodyState(Enum):
    """How far the request's body is."""

    ARRIVING = "more of it is to come from the peer"
    ARRIVED = "all of it is here"
    DELIVERED = "the application has been told of its end"


ARRIVING: Final = BodyState.ARRIVING
ARRIVED: Final = BodyState.ARRIVED


class PeerState(Enum):
    """What is known of the peer."""

    HERE = "it may send more"
    DONE = "it sends no more; it may still read the response"
    TOLD = "the application was told so, and may leave its response unfinished"
    LOST = "the connection is gone"


HERE: Final = PeerState.HERE
LOST: Final = PeerState.LOST


class HttpCycle:
    """Serve one request: `receive` and `send` are what the application is called with.

    defaults: fields added where the application sets none of that name (Date, Server …).
    on_done: called once, when the response is complete or will never be; `status` then says
    what was answered, 0 for nothing.
    """

    __slots__ = (
        "_body",
        "_body_state",
        "_body_waiting",
        "_continue_due",
        "_defaults",
        "_on_done",
        "_peer",
        "_response",
        "_response_state",
        "_waiters",
        "_writer",
        "request",
        "status",
    )

    def __init__(
        self,
        request: Request,
        writer: Writer,
        loop: asyncio.AbstractEventLoop,
        defaults: DefaultFields,
        on_done: Callable[[HttpCycle], None],
    ) -> None:
        self.request = request
        self.status = 0
        self._writer = writer
        self._defaults = defaults
        self._on_done = on_done
        self._response = ResponseWriter(request.method, request.http_version, request.keep_alive)
        self._response_state = NOT_STARTED
        self._body: list[bytes] = []
        self._body_waiting = 0
        self._body_state = ARRIVING if request.has_body else ARRIVED
        self._continue_due = request.expect_continue and request.has_body
        self._peer = HERE
        self._waiters = Waiters(loop)

    @property
    def complete(self) -> bool:
        """Whether the whole response was written."""
        return self._response_state is COMPLETE

    @property
    def keep_alive(self) -> bool:
        """Whether the connection may serve another request after this one."""
        return self.complete and self._response.keep_alive

    @property
    def cut(self) -> bool:
        """Whether the peer has a part of the response, which it must not take for a whole one."""
        return self._response_state is ResponseState.STARTED and not self._response.whole

    @property
    def wants_body(self) -> bool:
        """Whether the peer is to send more of the body now: it was asked to, and there is room."""
        return (
            self._body_state is ARRIVING
            and not self._continue_due
            and self._body_waiting <= MAX_BODY_WAITING
        )

    def close_after_response(self) -> None:
        """Say `Connection: close` in the response if its head has not left."""
        self._response.keep_alive = False

    @property
    def _lost(self) -> bool:
        return self._peer is LOST

    # What the connection tells.

    def body_received(self, data: bytes) -> None:
        """Take a piece of the request's body; too much of it pauses reading."""
        self._continue_due = False
        self._body.append(data)
        self._body_waiting += len(data)
        if self._body_waiting > MAX_BODY_WAITING:
            self._writer.pause_reading()
        self._waiters.wake()

    def body_complete(self) -> None:
        """Take the end of the request's body."""
        if self._body_state is ARRIVING:
            self._body_state = ARRIVED
        self._waiters.wake()

    def peer_done(self) -> None:
        """Learn that the peer sends no more; it may still read the response."""
        self._peer = PeerState.DONE
        self._waiters.wake()

    def connection_lost(self) -> None:
        """Learn that the peer is gone."""
        self._peer = PeerState.LOST
        self._waiters.wake()

    def application_done(self, task: asyncio.Future[None]) -> None:
        """Learn that the application returned, raised or was cancelled."""
        error = error_of(task)
        if self._lost or self.complete:
            return
        begun = self._response_state is ResponseState.STARTED
        excused = error is None and self._peer is PeerState.TOLD
        if error is None and not excused:
            missing = "before the end of its response" if begun else "without a response"
            logger.error("The ASGI application returned %s", missing)
        if not begun and not excused:
            self.status = 500
            self._writer.write(refusal(500, "Internal Server Error", defaults=self._defaults))
            self._response.keep_alive = False
            self._response_state = ResponseState.COMPLETE
        self._finish()

    # What the application calls.

    async def receive(self) -> Message:
        """Give the next `http.request`, or `http.disconnect` (ASGI "HTTP")."""
        if self._continue_due and not self._lost:
            self._continue_due = False
            self._writer.write(CONTINUE)
        while True:
            if self._body or self._body_state is ARRIVED:
                return self._next_piece()
            if self._peer is not HERE or self.complete:
                if self._peer is PeerState.DONE:
                    self._peer = PeerState.TOLD
                return {"type": "http.disconnect"}
            await self._waiters.wait()

    async def send(self, message: Message) -> None:
        """Take `http.response.start` or `http.response.body` (ASGI "HTTP").

        Raises Disconnected when the peer is gone, RuntimeError for wrong use.
        """
        # A compiled module looks into a dict at a third of the time that it asks a mapping in.
        fields: Fields = message if isinstance(message, dict) else dict(message)
        kind = fields.get("type")
        state = self._response_state
        if kind == "http.response.body" and state is STARTED:
            self._check_peer()
            self._write_body(fields)
            if self._writer.full and not self._lost:
                await self._writer.drain()
                self._check_peer()
        elif kind == "http.response.start" and state is NOT_STARTED:
            self._check_peer()
            self._start(fields)
        else:
            raise RuntimeError(f"send: got {kind!r} in an http scope, expected {state.value}")

    def _check_peer(self) -> None:
        if self._lost:
            raise Disconnected(GONE)

    def _next_piece(self) -> Message:
        body = b"".join(self._body)
        self._body.clear()
        self._body_waiting = 0
        more = self._body_state is ARRIVING
        if not more:
            self._body_state = BodyState.DELIVERED
        if self.request.has_body:
            # Behind the body too: only who reads learns that the client has left.
            self._writer.resume_reading()
        return {"type": "http.request", "body": body, "more_body": more}

    def _start(self, fields: Fields) -> None:
        if self._continue_due:
            # The client may now send the body or leave it: only the end of the stream is clear.
            self._continue_due = False
            self._response.keep_alive = False
        head = self._response.start(fields.get("status"), fields.get("headers", ()), self._defaults)
        self.status = self._response.status
        self._response_state = STARTED
        self._writer.defer(head)

    def _write_body(self, fields: Fields) -> None:
        more = bool(fields.get("more_body", False))
        data = self._response.body(fields.get("body", b""), more)
        if data or not more:
            # The last piece leaves with the end of the stream where that follows.
            (self._writer.write if more or self._response.keep_alive else self._writer.defer)(data)
        if not more:
            self._response_state = COMPLETE
            self._finish()

    def _finish(self) -> None:
        self._waiters.wake()
        self._on_done(self)
