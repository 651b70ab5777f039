"""One WebSocket, as the application sees it (ASGI specification, "WebSocket").

The session stands between the protocol's state machine and the application's `receive` and
`send`. What has arrived waits in one queue; a disconnect, whatever brought it about, stands at
the end of that queue. The application takes it there, after the messages that came before it, and
by taking it lets our Close leave, after what it sent until then. The close timeout bounds that.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from wsgate.asgi.cause import Cause, cause_of
from wsgate.asgi.compression import Share
from wsgate.asgi.inbox import Inbox
from wsgate.asgi.outbox import Outbox
from wsgate.asgi.outcome import error_of
from wsgate.asgi.pongs import Pongs
from wsgate.asgi.restart import NO_ANSWER, RESTARTING, retry_after
from wsgate.asgi.session_owner import Owner, SessionLimits
from wsgate.asgi.types import DRAINING, Fields, Headers, Message, Writer
from wsgate.asgi.websocket_messages import GONE, close_arguments, frame_of, is_long
from wsgate.asgi.websocket_opening import WebSocketOpening
from wsgate.asgi.websocket_phase import (
    ABNORMAL,
    ACCEPTED,
    BROKEN,
    DENIED,
    DONE,
    FAILED,
    LATE,
    UNDONE,
    Disconnect,
    Phase,
)
from wsgate.errors import Disconnected
from wsgate.websocket.close_codes import CloseCode
from wsgate.websocket.connection import CLOSED, OPEN, SENDABLE, Connection, State
from wsgate.websocket.errors import PolicyViolation
from wsgate.websocket.events import (
    CloseReceived,
    ConnectionFailed,
    Event,
    PingReceived,
    Unfinished,
)
from wsgate.websocket.frame_cache import FrameCache

logger = logging.getLogger("wsgate.error")

MAX_EARLY: Final = 65_536
"""Bytes that may come before accept; over that, reading pauses."""

PAYLOADS: Final = frozenset({"websocket.send", "websocket.http.response.body"})
"""Messages that are in vain without a peer; any other is harmless then."""

NO_STATUS: Final = int(CloseCode.NO_STATUS_RECEIVED)
"""The code of a Close that had none."""

HALF_CLOSED: Final = frozenset({State.PEER_CLOSED, State.FAILING})
"""States in which a peer has nothing more to say, and our Close is still to be sent to it."""


class WebSocketSession:
    """Serve one WebSocket: `receive` and `send` are what the application is called with."""

    __slots__ = (
        "_early",
        "_inbox",
        "_loop",
        "_opening",
        "_outbox",
        "_owner",
        "_phase",
        "_pongs",
        "_share",
        "_tells_drain",
        "_writer",
        "core",
        "disconnect",
    )

    def __init__(
        self,
        opening: WebSocketOpening,
        limits: SessionLimits,
        cache: FrameCache,
        writer: Writer,
        loop: asyncio.AbstractEventLoop,
        owner: Owner,
    ) -> None:
        self.core = Connection(
            limits.max_size,
            limits.max_fragments,
            cache=cache,
            max_frame=limits.max_frame,
            max_ratio=limits.max_ratio,
        )
        self.disconnect: Disconnect | None = None
        self._inbox = Inbox(self.core, limits.inbox, writer, loop)
        self._inbox.messages.append({"type": "websocket.connect"})
        self._loop = loop
        self._opening: WebSocketOpening | None = opening
        self._outbox: Outbox | None = None
        self._share: Share | None = None
        self._writer = writer
        self._owner = owner
        self._phase = Phase.CONNECTING
        self._early = b""
        self._pongs: Pongs | None = None
        self._tells_drain = False

    # What the connection tells.

    def receive_data(self, data: bytes) -> None:
        """Take bytes from the peer, in a turn of the writer; go on with the application at once.

        Those that come before accept wait for it.
        """
        if self._opening is not None:
            self._receive_early(data)
            return
        message = self.core.receive_lone(data)
        if message is None:
            self._receive_all(data)
            return
        inbox = self._inbox
        messages = inbox.messages
        if messages:
            self._writer.hold()
        messages.append(message)
        inbox.arrival.ring()
        if messages:
            inbox.bound()

    def eof_received(self) -> bool:
        """Learn that the peer sends no more; True where it may still be told something."""
        if self.core.state in HALF_CLOSED:
            return True
        self.connection_lost()
        return False

    def connection_lost(self, disconnect: Disconnect = ABNORMAL) -> None:
        """Learn that the connection is gone; what came complete before still gets taken."""
        self._inbox.take_rest()
        self.core.receive_eof()
        if self._share is not None:
            self._share.end()
        if self.disconnect is None:
            self.disconnect = disconnect
        self._inbox.arrival.wake()

    def idle(self) -> None:
        """Learn that it is time for a ping: what was not used since the last is freed."""
        if self._share is not None and self._outbox is not None and not self._outbox.busy:
            self._share.look(self.core.messages_sent, self.core.messages_received)

    def writable(self) -> None:
        """Learn that the send buffer has room again: the latest ping is answered."""
        if self._pongs is not None:
            self._pongs.writable()

    @property
    def settled(self) -> bool:
        """Whether it is open, and no end has begun."""
        return self._phase is ACCEPTED and self.core.state is OPEN and self.disconnect is None

    def announce(self, seconds: float) -> None:
        """Tell an application that wants to know when `shut_down` will come."""
        if self._tells_drain:
            self._inbox.messages.append({"type": DRAINING, "seconds": seconds})
            self._inbox.arrival.wake()

    def shut_down(self, why: Disconnect) -> None:
        """Begin the end: a Close, or 503 before accept."""
        if self.settled:
            self._end(why)
        elif self._phase is Phase.CONNECTING and self.disconnect is None:
            self._refuse(503, RESTARTING, why, retry_after())

    @property
    def behind(self) -> bool:
        """Whether reading is paused since so much waits for the application."""
        return self._inbox.paused

    def hold(self) -> bool:
        """Hold the peer back until `read_on()`; False where the end has begun."""
        if not self.settled:
            return False
        self._inbox.hold()
        return True

    def read_on(self) -> None:
        """Hold the peer back no more."""
        self._inbox.release()

    def outrun(self) -> None:
        """Learn that the peer was held back for as long as may be: the connection fails."""
        if self.settled:
            self._fail(PolicyViolation("too much was sent for too long"), Cause.RATE)

    def accept_timed_out(self) -> None:
        """Learn that the application has not answered the handshake, and will not be waited for."""
        if self.disconnect is None:
            self._abandon(503, NO_ANSWER, LATE, retry_after())

    def close_timed_out(self) -> None:
        """Learn that the close timeout is over: what has to be said is said, and TCP ends."""
        if self.core.state in SENDABLE and self._phase is Phase.OPEN:
            self._say_close()
            self._writer.close()
        else:
            self._writer.abort()

    def application_done(self, task: asyncio.Future[None]) -> None:
        """Learn that the application returned, raised or was cancelled."""
        error = error_of(task)
        if self._phase is Phase.OPEN:
            if self.core.state in SENDABLE:
                if self.disconnect is None:
                    self._end(DONE if error is None else FAILED)
                self._say_close()
        elif self.disconnect is None:
            if error is None:
                logger.error("The ASGI application returned before %s", UNDONE[self._phase])
            self._abandon(500, "Internal Server Error", BROKEN)

    # What the application calls.

    async def receive(self) -> Message:
        """Give the next message; after `websocket.disconnect`, the same again for ever."""
        inbox = self._inbox
        while not inbox.messages:
            if self.disconnect is not None:
                if self.core.state is OPEN:
                    inbox.take_rest()  # what was read before the end had begun
                    if inbox.messages:
                        break
                if self.core.state not in SENDABLE:
                    await asyncio.sleep(0)  # one that asks for ever does not hold up the loop
                return self._take_disconnect(self.disconnect)
            await inbox.arrival
        return inbox.take()

    async def send(self, message: Message) -> None:
        """Take a message of the application (ASGI "WebSocket", send events).

        Raises Disconnected when the connection is gone, RuntimeError for wrong use.
        """
        # A compiled module looks into a dict at a third of the time that it asks a mapping in.
        fields: Fields = message if isinstance(message, dict) else dict(message)
        kind = fields.get("type")
        if self._phase is ACCEPTED and kind == "websocket.send":
            outbox = self._outbox
            if outbox is None or not (outbox.busy or is_long(fields)):
                self._writer.write(frame_of(self.core, fields))
            else:
                await outbox.send(fields)
        elif self._phase is Phase.OPEN and kind == "websocket.close":
            self._close(message)
        elif self._phase is Phase.OPEN and kind == DRAINING:
            self._tells_drain = True
        elif self._phase is Phase.CONNECTING or self._phase is Phase.DENYING:
            self._open(kind, message)
        else:
            raise RuntimeError(f"send: got {kind!r}, expected {self._phase.value}")
        if self._writer.full:
            await self._writer.drain()
            if kind in PAYLOADS and self.core.state is State.CLOSED:
                raise Disconnected(GONE)

    def compression_ratios(self) -> tuple[float | None, float | None]:
        """Give `Share.ratios`, None twice without compression."""
        return (None, None) if self._share is None else self._share.ratios()

    # The pieces.

    def _take_rest(self) -> None:
        self._take(b"")

    def _take(self, data: bytes) -> None:
        """Take bytes that came a while ago."""
        self.receive_data(data)
        self._owner.session_took_more()

    def _receive_all(self, data: bytes) -> None:
        inbox, core = self._inbox, self.core
        messages = inbox.messages
        for event in core.receive_data(data):
            if type(event) is str or type(event) is bytes:
                messages.append(event)
            else:
                self._handle(event)
        if len(messages) > 1:
            self._writer.hold()
        inbox.arrival.ring()
        if messages:
            inbox.bound()
        if core.state is CLOSED:
            self._writer.close()

    def _receive_early(self, data: bytes) -> None:
        self._early += data
        if len(self._early) > MAX_EARLY:
            self._inbox.pause()

    def _handle(self, event: Event) -> None:
        match event:
            case PingReceived():
                self._answer(event)
            case CloseReceived() | ConnectionFailed():
                self._end(Disconnect(event.code, event.reason, cause_of(event)))
            case Unfinished():
                self._inbox.put_off(self._take_rest)
            case _:
                self._owner.session_ponged()

    def _answer(self, ping: PingReceived) -> None:
        if self._pongs is None:
            self._pongs = Pongs(self.core, self._writer)
        try:
            self._pongs.answer(ping.payload)
        except PolicyViolation as violation:
            self._fail(violation, Cause.POLICY)

    def _fail(self, violation: PolicyViolation, cause: Cause) -> None:
        if self.core.state is State.OPEN:
            failed = self.core.fail(violation)
            self._end(Disconnect(failed.code, failed.reason, cause))

    def _end(self, disconnect: Disconnect) -> None:
        """Put the disconnect at the end of what waits; the close timeout begins."""
        if self.disconnect is None:
            self._owner.session_closing()
        self.disconnect = disconnect
        self._inbox.arrival.wake()

    def _take_disconnect(self, disconnect: Disconnect) -> Message:
        if self._phase is Phase.OPEN and self.core.state in SENDABLE:
            self._say_close()
        return disconnect.message()

    def _say_close(self) -> None:
        """Let our Close leave; its code is the peer's where the peer's came first."""
        assert self.disconnect is not None
        if self._outbox is not None and self._outbox.busy:
            # What comes until then would come behind the disconnect.
            self._inbox.pause()
            self._outbox.then(self._say_close)
            return
        self._inbox.resume()
        code, reason = self.disconnect.code, self.disconnect.reason
        frame = self.core.send_close(None if code == NO_STATUS else code, reason)
        if self.core.state is State.CLOSED:
            self._writer.close(frame)
        else:
            self._writer.write(frame)
            # The peer has the whole close timeout for its answer, however long the application
            # took to let our Close leave.
            self._owner.session_closing()

    def _close(self, message: Message) -> None:
        """Take `websocket.close` after accept; where the peer's end came first, that stands."""
        code, reason = close_arguments(message)
        if self.core.state not in SENDABLE:
            raise Disconnected(GONE)
        self._phase = Phase.CLOSED
        self._inbox.clear()
        if self.core.state is State.OPEN:
            self._end(Disconnect(code, reason, Cause.APPLICATION))
        self._say_close()

    def _open(self, kind: object, message: Message) -> None:
        """Take the application's answer to the opening handshake.

        One that comes when the peer is gone is harmless; only a denial's body says so.
        """
        opening = self._opening
        assert opening is not None
        if self._phase is Phase.DENYING and kind == "websocket.http.response.body":
            if self.core.state is State.CLOSED:
                raise Disconnected(GONE)
            self._writer.write(opening.deny(message))
            if opening.denied:
                self._phase = Phase.CLOSED
                self._refused(opening.status, DENIED)
                self._writer.close()
        elif self._phase is Phase.CONNECTING and kind == "websocket.accept":
            self._writer.write(opening.accept(message))
            self._accepted(opening.share)
        elif self._phase is Phase.CONNECTING and kind == "websocket.close":
            self._phase = Phase.CLOSED
            if self.disconnect is None:
                self._refuse(403, "the application refused the websocket", DENIED)
        elif self._phase is Phase.CONNECTING and kind == "websocket.http.response.start":
            opening.start_denial(message)
            self._phase = Phase.DENYING
        else:
            raise RuntimeError(f"send: got {kind!r}, expected {self._phase.value}")

    def _abandon(
        self, status: int, sentence: str, disconnect: Disconnect, headers: Headers | None = None
    ) -> None:
        """Answer in place of an application that has not, or not to the end."""
        assert self._opening is not None
        if self._opening.denial_sent:
            self._refused(self._opening.status, disconnect)
            self._writer.reset()
        else:
            self._refuse(status, sentence, disconnect, headers)

    def _accepted(self, share: Share | None) -> None:
        self._phase = Phase.OPEN
        self._opening = None
        if self.core.state is not State.OPEN:
            # The peer left during the handshake: what was agreed for it counts no more.
            if share is not None:
                share.end()
            return
        self._owner.session_accepted()
        if share is not None:
            self._share = share
            self.core.extend(share.extension)
            self._outbox = Outbox(self.core, self._writer, self._loop, share.executor)
        early, self._early = self._early, b""
        self._inbox.resume()
        if early:
            self._take(early)

    def _refuse(
        self, status: int, sentence: str, disconnect: Disconnect, headers: Headers | None = None
    ) -> None:
        assert self._opening is not None
        refusal = self._opening.refuse(status, sentence, headers)
        self._refused(status, disconnect)
        self._writer.close(refusal)

    def _refused(self, status: int, disconnect: Disconnect) -> None:
        """Learn that the handshake has failed: for the application, the peer is gone."""
        self.core.receive_eof()
        self.disconnect = disconnect
        self._owner.session_refused(status, disconnect.cause)
        self._inbox.arrival.wake()
