"""The protocol of a connection that became a WebSocket: bytes, keepalive and deadlines.

Keepalive tells the truth: any byte from the peer is life, and only the time counts in which we
would have seen one. Nobody is called dead for a silence in which reading was paused; the time for
which the event loop was blocked is taken off, and what waits in the socket then is read before a
second look.
"""

from __future__ import annotations

import asyncio
from enum import Enum
from random import uniform
from typing import Final, cast

from wsgate.asgi.cause import INITIATORS, WORDS, Cause, Initiator
from wsgate.asgi.scope import Surroundings, websocket_scope
from wsgate.asgi.websocket_opening import WebSocketOpening
from wsgate.asgi.websocket_phase import ABNORMAL, QUIET, SILENT, SLOW
from wsgate.asgi.websocket_session import WebSocketSession
from wsgate.http1.events import Request
from wsgate.net.admission import Place
from wsgate.net.clock import NEVER, SECOND_LOOK, Deadline
from wsgate.net.idle import Idle, Traffic
from wsgate.net.lifetime import Lifetime
from wsgate.net.naming import client_name
from wsgate.net.profiles import Profile
from wsgate.net.service import Service
from wsgate.net.stall import Stall
from wsgate.net.writer import TransportWriter
from wsgate.observe.access_log import Ending
from wsgate.websocket.connection import State
from wsgate.websocket.handshake import OpeningHandshake

JITTER: Final = 0.8
"""The least part of the ping interval after which a ping leaves, so that pings spread over time."""

WITHOUT_PINGS: Final = 20.0
"""Seconds between two looks for what is idle, where no ping gives the occasion."""


class Phase(Enum):
    """What the deadline is about."""

    OPENING = "the application's answer to the handshake"
    OVERDUE = "a last look for it: where the loop was blocked, it may have been held up with it"
    ALIVE = "the next ping"
    PINGED = "a sign of life after a ping"
    SUSPECT = "a second look"
    CLOSING = "the end of the closing handshake"


class WebSocketConnection:
    """Carry a session over a transport that has served HTTP until now.

    An `asyncio.Protocol` by what it does: compiled modules do not derive from plain ones.
    """

    __deletable__ = ("_around", "_session")
    __slots__ = (
        "_around",
        "_client",
        "_deadline",
        "_heard",
        "_opened_at",
        "_phase",
        "_pinged_at",
        "_place",
        "_profile",
        "_round_trip",
        "_service",
        "_session",
        "_stall",
        "_target",
        "_transport",
        "_unanswered",
        "_waiting_since",
        "_watches",
        "_writer",
    )

    def __init__(
        self,
        service: Service,
        profile: Profile,
        transport: asyncio.Transport,
        writer: TransportWriter,
        deadline: Deadline,
        target: bytes,
        around: Surroundings,
        handshake: OpeningHandshake,
        place: Place | None = None,
    ) -> None:
        self._service = service
        self._place = place
        self._profile = profile
        self._transport = transport
        self._writer = writer
        self._target = target
        self._around = around
        self._client = around.client
        self._deadline = deadline
        deadline.hand_over(self)
        if profile.write_limit != service.config.ws_write_limit:
            transport.set_write_buffer_limits(high=profile.write_limit)
        self._phase = Phase.OPENING
        self._heard = True
        self._watches: list[Lifetime | Idle] | None = None
        self._stall: Stall | None = None
        self._pinged_at = NEVER
        self._waiting_since = NEVER
        self._round_trip = NEVER
        self._unanswered = False
        self._opened_at = NEVER
        self._session = WebSocketSession(
            WebSocketOpening(handshake, service.default_fields(), profile.negotiator),
            profile.limits,
            service.frame_cache,
            writer,
            service.loop,
            self,
        )

    def start(self, request: Request, handshake: OpeningHandshake, behind: bytes) -> None:
        """Take the transport over and run the application.

        behind: what came behind the request.
        """
        session, service = self._session, self._service
        service.add(self)
        self._transport.set_protocol(cast(asyncio.Protocol, self))
        self._deadline.arm(self._profile.accept_timeout)
        if behind:
            session.receive_data(behind)
        service.call_application(
            websocket_scope(request, self._around, handshake.subprotocols),
            session.receive,
            session.send,
            session.application_done,
        )
        del self._around

    # What the transport tells.

    def data_received(self, data: bytes) -> None:
        """Take bytes from the peer, each of them a sign of life."""
        self._heard = True
        writer = self._writer
        writer.own_turn = True
        self._session.receive_data(data)
        writer.end_turn()

    def eof_received(self) -> bool:
        """Take the end of the peer's stream."""
        self._writer.eof_received()
        return self._session.eof_received()

    def pause_writing(self) -> None:
        """Pass on: the send buffer is over its mark."""
        self._writer.pause_writing()
        if self._stall is None:
            seconds = self._profile.write_timeout
            self._stall = Stall(self._service.clock, self, self._transport, seconds)
        self._stall.begin()

    def resume_writing(self) -> None:
        """Pass on: the send buffer has room."""
        self._writer.resume_writing()
        if self._stall is not None:
            self._stall.end()
        self._session.writable()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of everything, and write the last line of the log."""
        lost = self._session.core.state is not State.CLOSED
        self._writer.lost()
        self._session.connection_lost()
        self._deadline.drop()
        for watch in self._watches or ():
            watch.drop()
        if self._stall is not None:
            self._stall.drop()
        # They know us: no cycle is left.
        self._watches = self._stall = None
        if self._place is not None:
            self._place.leave()
        self._service.remove(self, lost=lost)
        if self._opened_at < NEVER:
            self._tell_end()
        # The session may live on in the application's task and knows us: no cycle is left.
        del self._session

    def deadline_reached(self) -> None:
        """Ping, look for life, or end a handshake that takes too long, opening or closing."""
        if self._phase is Phase.CLOSING:
            self._session.close_timed_out()
        elif self._phase is Phase.OPENING:
            self._phase = Phase.OVERDUE
            self._deadline.arm(SECOND_LOOK)
        elif self._phase is Phase.OVERDUE:
            self._session.accept_timed_out()
        elif self._phase is Phase.ALIVE or self._heard or self._writer.has_paused():
            self._keep_alive()
        elif self._phase is Phase.PINGED and (left := self._left_to_answer()) > 0:
            self._deadline.arm(min(left, self._until_ping()))
        elif self._phase is Phase.PINGED:
            self._phase = Phase.SUSPECT
            self._deadline.arm(SECOND_LOOK)
        else:
            self._session.connection_lost(SILENT)
            self._transport.abort()

    def stalled(self) -> None:
        """End: the peer does not take what it is sent."""
        self._session.connection_lost(SLOW)
        self._transport.abort()

    # What the session tells.

    def session_accepted(self) -> None:
        """Begin with keepalive, and with the log of this websocket."""
        service = self._service
        self._opened_at = service.clock.now()
        if self._place is not None:
            self._place.answered()
        if service.access_log.enabled:
            service.access_log.websocket_opened(client_name(self._client), self._target)
        self._phase = Phase.ALIVE
        self._deadline.arm(self._until_ping())
        self._watch()

    def session_refused(self, status: int, cause: Cause) -> None:
        """Write the request's line of the log, with the cause where it is ours."""
        self._deadline.disarm()
        if self._place is not None:
            self._place.answered()
        if INITIATORS[cause] is Initiator.SERVER:
            self._service.counters.count(cause.value)
        log = self._service.access_log
        if log.enabled:
            why = cause.value if INITIATORS[cause] is Initiator.SERVER else ""
            log.http(client_name(self._client), "GET", self._target, "1.1", status, why)

    def session_closing(self) -> None:
        """Bound the closing handshake.

        A peer that has closed waits as long itself, as a rule: the application has half of the
        time to take the disconnect, so that our Close comes in time for the peer.
        """
        self._phase = Phase.CLOSING
        timeout = self._profile.close_timeout
        peer_waits = self._session.core.state is State.PEER_CLOSED
        self._deadline.arm(timeout / 2 if peer_waits else timeout)

    def session_ponged(self) -> None:
        """Measure how long the answer to our ping took; a further pong answers none."""
        if self._unanswered:
            self._unanswered = False
            self._round_trip = self._service.clock.now() - self._pinged_at

    def session_took_more(self) -> None:
        """Do nothing: what comes is not counted."""

    # What the worker asks.

    @property
    def settled(self) -> bool:
        """Whether its end has not begun, and can wait for its turn."""
        return self._session.settled

    def announce(self, seconds: float) -> None:
        """Tell the application of the drain, if it wants to know."""
        self._session.announce(seconds)

    def shut_down(self) -> None:
        """Close, as the drain does."""
        self._session.shut_down(self._service.restart)

    def expire(self) -> None:
        """Close, for its age."""
        self._session.shut_down(self._service.aged)

    def abort(self) -> None:
        """End now."""
        self._transport.abort()

    # What is asked by who looks for messages.

    def traffic(self) -> Traffic | None:
        """Give what any message changes; None while we do not read what may have come."""
        core = self._session.core
        if not self._writer.reading:
            return None
        return core.messages_received, core.messages_sent, core.bytes_begun

    def fall_idle(self) -> None:
        """Close, for want of messages."""
        self._session.shut_down(QUIET)

    # The pieces.

    def _keep_alive(self) -> None:
        """Act on a sign of life: wait for the next ping, or send it."""
        profile, now = self._profile, self._service.clock.now()
        if self._phase is not Phase.ALIVE:
            self._phase = Phase.ALIVE
            wait = self._pinged_at + self._until_ping() - now
            if wait > 0:
                self._deadline.arm(wait)
                return
        self._session.idle()
        wait = self._until_ping()
        if not profile.ping_interval:
            self._deadline.arm(wait)
            return
        self._pinged_at = now
        self._heard = False
        self._unanswered = True
        self._writer.has_paused()  # what was before the ping does not count
        self._waiting_since = self._service.clock.awake()
        self._writer.write(self._session.core.send_ping())
        if profile.ping_timeout:
            self._phase = Phase.PINGED
            # A timeout over the interval must not hold the next ping back: proxies count on it.
            wait = min(wait, profile.ping_timeout)
        self._deadline.arm(wait)

    def _watch(self) -> None:
        """Set up what ends it beside keepalive."""
        profile, clock = self._profile, self._service.clock
        watches: list[Lifetime | Idle] = []
        if profile.lifetime:
            watches.append(Lifetime(clock, self, profile.lifetime, profile.lifetime_jitter))
        if profile.idle_timeout:
            watches.append(Idle(clock, self, profile.idle_timeout))
        if watches:
            self._watches = watches

    def _until_ping(self) -> float:
        return (self._profile.ping_interval or WITHOUT_PINGS) * uniform(JITTER, 1.0)

    def _left_to_answer(self) -> float:
        return self._waiting_since + self._profile.ping_timeout - self._service.clock.awake()

    def _tell_end(self) -> None:
        """Count why it ended, and log it."""
        session, service = self._session, self._service
        core, disconnect = session.core, session.disconnect or ABNORMAL
        cause, initiator = WORDS[disconnect.cause]
        service.counters.count(cause)
        if not service.access_log.enabled:
            return
        ratios = session.compression_ratios()
        ending = Ending(
            code=disconnect.code,
            cause=cause,
            initiator=initiator,
            duration=round(service.clock.now() - self._opened_at, 3),
            messages_in=core.messages_received,
            bytes_in=core.bytes_received,
            messages_out=core.messages_sent,
            bytes_out=core.bytes_sent,
            compression_in=ratios[0],
            compression_out=ratios[1],
            ping=round(self._round_trip, 3) if self._round_trip < NEVER else None,
        )
        service.access_log.websocket_closed(client_name(self._client), self._target, ending)
