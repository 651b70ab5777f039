"""The protocol of an accepted connection: HTTP/1.1 until it ends or becomes a WebSocket."""

from __future__ import annotations

import asyncio
from typing import Final, cast

from wsgate.asgi.http_cycle import HttpCycle
from wsgate.asgi.restart import RESTARTING, retry_after
from wsgate.asgi.scope import Surroundings, http_scope
from wsgate.asgi.types import Address, Headers, ServerAddress
from wsgate.http1.errors import IncompleteBody, RequestError
from wsgate.http1.events import CLOSED, END_OF_MESSAGE, PAUSED, Data, Request, Signal
from wsgate.http1.reader import RequestReader
from wsgate.http1.writer import refusal
from wsgate.net.body_wait import BodyWait
from wsgate.net.clock import Deadline
from wsgate.net.http_phase import (
    DISCARDING,
    ENDED,
    FIRST_HEAD,
    IDLE,
    NEXT_HEAD,
    SERVING,
)
from wsgate.net.known import Known, known_of
from wsgate.net.metered_connection import MeteredConnection
from wsgate.net.naming import client_name, target_of
from wsgate.net.reception import check_handshake, let_in, let_in_websocket, profile_for
from wsgate.net.service import Service
from wsgate.net.stall import Stall
from wsgate.net.websocket_connection import WebSocketConnection
from wsgate.net.writer import TransportWriter

MAX_PIPELINED: Final = 65_536
"""Bytes of further requests that are held during a response before reading pauses."""

FIRST_GRACE: Final = 0.5
"""Seconds in which a connection that was just accepted may still ask for something at our end."""

MAX_DISCARDED: Final = 65_536
"""Bytes of a body that are read and dropped when the application has answered without it."""


class HttpConnection:
    """Read requests, one at a time, and run a cycle for each.

    An `asyncio.Protocol` by what it does, as `WebSocketConnection`. server: our own end of the
    connection; None where the transport has to be asked. known: what came before, TLS or a proxy.
    """

    __slots__ = (
        "_body_wait",
        "_cycle",
        "_deadline",
        "_discarded",
        "_known",
        "_phase",
        "_reader",
        "_requester",
        "_server",
        "_service",
        "_stall",
        "_transport",
        "_trusted",
        "_writer",
    )

    _transport: asyncio.Transport
    _writer: TransportWriter

    def __init__(
        self, service: Service, server: ServerAddress | None = None, known: Known | None = None
    ) -> None:
        self._service = service
        self._server = server
        self._known = known
        self._reader = RequestReader(service.parse_head, service.http_limits)
        self._deadline = Deadline(service.clock, self)
        self._phase = FIRST_HEAD
        self._cycle: HttpCycle | None = None
        self._body_wait: BodyWait | None = None
        self._stall: Stall | None = None
        self._requester: Address | None = None
        self._discarded = 0

    # What the transport tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take an accepted connection."""
        service = self._service
        self._transport = cast(asyncio.Transport, transport)
        self._writer = TransportWriter(
            self._transport,
            service.turn,
            service.loop,
            service.clock,
            service.config.ws_write_limit,
        )
        if (known := self._known) is None:
            known = self._known = known_of(transport, self._server)
        self._trusted = service.config.proxy_headers and service.forwarded.trusts(known.client)
        service.add(self)
        self._deadline.arm(service.config.timeout_handshake)
        if service.stopping:
            self.shut_down()

    def data_received(self, data: bytes) -> None:
        """Take bytes from the peer."""
        self._reader.receive_data(data)
        self._advance()

    def eof_received(self) -> bool:
        """Take the end of the peer's stream; what it asked for until then is still answered."""
        self._writer.eof_received()
        self._reader.receive_eof()
        if self._cycle is not None:
            self._cycle.peer_done()
        self._advance()
        return self._phase is not ENDED

    def pause_writing(self) -> None:
        """Pass on: the send buffer is over its mark."""
        self._writer.pause_writing()
        if self._phase is SERVING:
            if self._stall is None:
                seconds = self._service.config.timeout_write
                self._stall = Stall(self._service.clock, self, self._transport, seconds)
            self._stall.begin()

    def resume_writing(self) -> None:
        """Pass on: the send buffer has room; a further request may have waited for that."""
        self._writer.resume_writing()
        if self._stall is not None:
            self._stall.end()
        if self._phase is DISCARDING:
            self._writer.resume_reading()
            self._advance()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of everything."""
        self._phase = ENDED
        self._deadline.drop()
        self._forget_stall()
        self._writer.lost()
        self._service.remove(self, lost=self._cycle is not None)
        if self._cycle is not None:
            self._log(self._cycle)
            self._cycle.connection_lost()
            self._cycle = None

    def deadline_reached(self) -> None:
        """End what took too long."""
        if self._phase is SERVING:
            self._wait_for_body()
        elif self._head_begun() and self._service.stopping:
            self._refuse(503, RESTARTING, retry_after())
        elif self._head_begun():
            self._service.counters.count("timeout.head")
            self._refuse(408, "the head of the request did not come in time", [])
        else:
            if self._phase is FIRST_HEAD:
                self._service.counters.count("timeout.head")
            self._close()

    def stalled(self) -> None:
        """End a response that the peer does not take."""
        if self._phase is SERVING and (cycle := self._cycle) is not None:
            self._cut(cycle, "timeout.write")
            self._writer.reset()

    # What the worker asks.

    def shut_down(self) -> None:
        """Finish the request that runs, and take no other."""
        if self._phase is SERVING and self._cycle is not None:
            self._cycle.close_after_response()
        elif self._head_begun():
            self._refuse(503, RESTARTING, retry_after())
        elif self._phase is FIRST_HEAD:
            self._deadline.arm(FIRST_GRACE)
        elif self._phase is not ENDED:
            self._close()

    def abort(self) -> None:
        """End now."""
        self._transport.abort()

    # The pieces.

    def _head_begun(self) -> bool:
        """Whether a peer would look for an answer: a part of a head has come."""
        return self._phase is NEXT_HEAD or (self._phase is FIRST_HEAD and self._reader.buffered > 0)

    def _advance(self) -> None:
        """Act on all that the reader can make of what has come."""
        try:
            while self._phase is not ENDED:
                event = self._reader.next_event()
                if isinstance(event, Request):
                    self._start(event)
                elif isinstance(event, Data):
                    self._body(event.data)
                elif event is END_OF_MESSAGE:
                    if self._cycle is not None:
                        self._deadline.disarm()
                        self._cycle.body_complete()
                elif event is PAUSED and self._phase is DISCARDING and not self._writer.congested:
                    self._await_request()
                else:
                    self._at_rest(event)
                    return
        except (RequestError, IncompleteBody) as error:
            self._fail(error)

    def _fail(self, error: RequestError | IncompleteBody) -> None:
        """End on what is no request, with a refusal unless an answer to it has begun."""
        answered = self._phase is DISCARDING
        cycle, self._cycle = self._cycle, None
        if cycle is not None:
            answered = cycle.status != 0
            cycle.connection_lost()
        if answered or isinstance(error, IncompleteBody):
            if cycle is not None:
                self._log(cycle)
            self._close()
        else:
            self._refuse(error.status, error.message, error.headers)

    def _at_rest(self, signal: Signal) -> None:
        """Wait for what is to come next."""
        if signal is CLOSED and self._phase is not SERVING:
            self._close()
        elif self._phase is IDLE and not self._reader.idle:
            self._phase = NEXT_HEAD
            self._deadline.arm(self._service.config.timeout_handshake)
        elif signal is PAUSED and self._reader.buffered > MAX_PIPELINED:
            self._writer.pause_reading()

    def _start(self, request: Request) -> None:
        """Run the application for a request, or hand the connection to a WebSocket."""
        service = self._service
        self._phase = SERVING
        self._deadline.disarm()
        assert self._known is not None
        around = self._known.surroundings(request, service, self._trusted)
        self._requester = around.client
        if request.upgrade:
            if service.stopping:
                self._refuse(503, RESTARTING, retry_after())
            else:
                self._upgrade(request, around)
            return
        place = let_in(service, around.client)
        cycle = HttpCycle(
            request, self._writer, service.loop, service.default_fields(), self._cycle_done
        )
        self._cycle = cycle
        if not service.config.timeout_keep_alive or service.stopping:
            cycle.close_after_response()
        if self._writer.peer_done:
            cycle.peer_done()
        if request.has_body:
            self._body_wait = BodyWait(self._deadline, service.config.timeout_request_body)
            self._body_wait.begin(cycle)
        done = cycle.application_done if place is None else place.until(cycle.application_done)
        service.call_application(http_scope(request, around), cycle.receive, cycle.send, done)

    def _upgrade(self, request: Request, around: Surroundings) -> None:
        """Hand the connection over, with the bytes that came behind the request."""
        service = self._service
        profile = profile_for(service, request, around)
        handshake = check_handshake(service, profile, request, around.scheme)
        place = let_in_websocket(service, profile, request, around)
        self._phase = ENDED
        make = WebSocketConnection if profile.rates is None else MeteredConnection
        connection = make(
            service,
            profile,
            self._transport,
            self._writer,
            self._deadline,
            target_of(request),
            around,
            handshake,
            place,
        )
        self._forget_stall()
        connection.start(request, handshake, self._reader.take_over())
        service.remove(self)
        if self._writer.peer_done and not connection.eof_received():
            self._writer.close()

    def _body(self, data: bytes) -> None:
        if self._cycle is not None:
            self._cycle.body_received(data)
            if self._body_wait is not None:
                self._body_wait.begin(self._cycle)
            return
        self._discarded += len(data)
        if self._discarded > MAX_DISCARDED:
            self._close()

    def _wait_for_body(self) -> None:
        """End a request whose body does not come: 408, where no response has begun."""
        cycle, wait = self._cycle, self._body_wait
        if cycle is None or wait is None or not wait.is_over(cycle):
            return
        begun = cycle.status != 0
        if not begun:
            cycle.status = 408
        self._cut(cycle, "timeout.body")
        if begun:
            self._writer.reset()
        else:
            sentence = "the body of the request did not come in time"
            self._close(refusal(408, sentence, defaults=self._service.default_fields()))

    def _cut(self, cycle: HttpCycle, why: str) -> None:
        """End a request before its response is complete."""
        self._phase = ENDED
        self._cycle = None
        cycle.connection_lost()
        self._service.counters.count(why)
        self._log(cycle, why)

    def _forget_stall(self) -> None:
        """Look for no stall any more, and leave no cycle with who does."""
        if self._stall is not None:
            self._stall.drop()
            self._stall = None

    def _cycle_done(self, cycle: HttpCycle) -> None:
        """Go on with the next request, or end the connection."""
        self._cycle = None
        if self._phase is not SERVING:
            return
        self._log(cycle)
        if cycle.keep_alive:
            self._phase = DISCARDING
            self._discarded = 0
            self._deadline.arm(self._service.config.timeout_keep_alive)
            self._writer.resume_reading()
            self._advance()
        elif cycle.cut:
            self._writer.reset()
        else:
            self._close()

    def _await_request(self) -> None:
        self._reader.start_next_request()
        self._phase = IDLE

    def _refuse(self, status: int, message: str, headers: Headers) -> None:
        """Answer a request that never became one, and read no further."""
        log = self._service.access_log
        if log.enabled and (known := self._known) is not None:
            client = self._requester if self._phase is SERVING else known.client
            log.refused(client_name(client), status, message)
        defaults = self._service.default_fields()
        self._close(refusal(status, message, headers, defaults))

    def _log(self, cycle: HttpCycle, why: str = "") -> None:
        log, request = self._service.access_log, cycle.request
        if log.enabled:
            log.http(
                client_name(self._requester),
                request.method,
                target_of(request),
                request.http_version,
                cycle.status,
                why,
            )

    def _close(self, last: bytes = b"") -> None:
        self._phase = ENDED
        self._deadline.disarm()
        self._writer.close(last)
