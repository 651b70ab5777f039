"""TLS between the socket's transport and the protocol of a connection.

OpenSSL works on memory here, and one object stands between: to the socket's transport it is the
protocol, to the protocol it is the transport. The event loops have their own TLS, and two things
decide against it. It ends a connection with RST where the peer still talks, which destroys what is
on its way to it (`net.lingering`); here our end of the stream is a close_notify and then FIN, and
all that is done for a plain connection is done for this one too. And it sets 256 KiB aside for each
connection. Nothing is queued here: what is written is encrypted at once and lies in the buffer of
the socket's transport, whose flow control so is that of the connection.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from enum import Enum
from ssl import MemoryBIO, SSLError, SSLObject, SSLWantReadError
from typing import Any, Final, cast

from wsgate.asgi.types import ServerAddress
from wsgate.http1.writer import refusal
from wsgate.net.certificates import Credentials
from wsgate.net.clock import Deadline
from wsgate.net.http_connection import HttpConnection
from wsgate.net.known import Known, known_of
from wsgate.net.lingering import linger
from wsgate.net.naming import client_name
from wsgate.net.peer_certificate import chain_of, distinguished_name
from wsgate.net.service import Service
from wsgate.net.sockets import address_pair
from wsgate.websocket.octets import Octets

logger = logging.getLogger("wsgate.error")

RECORD: Final = 16_384
"""Most bytes of plain text in a record (RFC 8446 section 5.1)."""

PORTION: Final = 2 * RECORD
"""Bytes given to OpenSSL at once: its memory grows to what it was given, and stays so."""

BATCH: Final = 16 * RECORD
"""Bytes of plain text after which what has been encrypted is sent, before more of it is."""

VERSIONS: Final = {"TLSv1.2": 0x0303, "TLSv1.3": 0x0304}


class Phase(Enum):
    """How far the connection is."""

    HANDSHAKE = "the keys are being agreed, within a deadline"
    OPEN = "both sides may send"
    ENDED = "we have said that we send no more, or never will"


HANDSHAKE: Final = Phase.HANDSHAKE
OPEN: Final = Phase.OPEN
ENDED: Final = Phase.ENDED


class TlsConnection:
    """Shake hands, then carry a connection.

    An `asyncio.Protocol` and an `asyncio.Transport` by what it does, as `HttpConnection`. server,
    known: as for that. To the worker it is a link of its own until the handshake is done.
    """

    __deletable__ = ("_credentials",)
    __slots__ = (
        "_credentials",
        "_deadline",
        "_incoming",
        "_known",
        "_outgoing",
        "_peer_done",
        "_phase",
        "_protocol",
        "_server",
        "_service",
        "_tls",
        "_transport",
    )

    _transport: asyncio.Transport
    _credentials: Credentials
    _incoming: MemoryBIO
    _outgoing: MemoryBIO
    _tls: SSLObject

    def __init__(
        self, service: Service, server: ServerAddress | None = None, known: Known | None = None
    ) -> None:
        self._service = service
        self._server = server
        self._known = known
        self._phase = HANDSHAKE
        self._peer_done = False
        self._protocol: asyncio.Protocol | None = None
        self._deadline = Deadline(service.clock, self)

    # What the socket's transport tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the first message of the handshake."""
        service = self._service
        self._transport = cast(asyncio.Transport, transport)
        self._incoming, self._outgoing = MemoryBIO(), MemoryBIO()
        assert service.certificates is not None
        self._credentials = service.certificates.current
        self._tls = self._credentials.context.wrap_bio(
            self._incoming, self._outgoing, server_side=True
        )
        service.add(self)
        self._deadline.arm(service.config.ssl_handshake_timeout)
        if service.stopping:
            self.shut_down()

    def data_received(self, data: bytes) -> None:
        """Decrypt, and pass on in one piece what has come."""
        if self._phase is HANDSHAKE:
            self._incoming.write(data)
            if not self._shake_hands():
                return
            data = b""
        if self._peer_done:
            return
        pieces: list[bytes] = []
        ended = False
        try:
            for start in range(0, len(data) or 1, PORTION):
                self._incoming.write(data[start : start + PORTION])
                ended = self._decrypt(pieces)
                if ended:
                    self._peer_done = True
                    break
        except SSLError as error:
            self._fail(error)
            return
        if self._outgoing.pending:
            self._transport.write(self._outgoing.read())
        if pieces and self._protocol is not None:
            self._protocol.data_received(pieces[0] if len(pieces) == 1 else b"".join(pieces))
        if ended:
            self._pass_end()

    def eof_received(self) -> bool:
        """Take the end of the stream; without a close_notify too: HTTP and WebSocket have ends."""
        if self._protocol is None:
            return False
        if not self._peer_done:
            self._peer_done = True
            self._pass_end()
        return not self._transport.is_closing()

    def pause_writing(self) -> None:
        """Pass on."""
        if self._protocol is not None:
            self._protocol.pause_writing()

    def resume_writing(self) -> None:
        """Pass on."""
        if self._protocol is not None:
            self._protocol.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass on, and let go of what knows us."""
        self._phase = ENDED
        self._deadline.drop()
        protocol, self._protocol = self._protocol, None
        if protocol is None:
            self._service.remove(self)
        else:
            protocol.connection_lost(exc)

    # The handshake, for the worker and the clock.

    def deadline_reached(self) -> None:
        """End a handshake that takes too long."""
        self._service.counters.count("timeout.tls")
        self._transport.abort()

    def shut_down(self) -> None:
        """End: nothing has been asked for yet."""
        self._transport.close()

    # The transport of the protocol above.

    def write(self, data: bytes) -> None:
        """Encrypt and send."""
        if self._phase is not OPEN or not data:
            return
        try:
            if len(data) <= RECORD:
                self._tls.write(data)
                self._transport.write(self._outgoing.read())
            else:
                self._write_records(data)
        except SSLError as error:
            self._fail(error)

    def writelines(self, pieces: Iterable[Octets]) -> None:
        """Encrypt together, and send: as many records as the bytes need, not one for each piece."""
        self.write(b"".join(pieces))

    def close(self) -> None:
        """Say that this is the end, and have the transport close behind it."""
        self._end()
        self._transport.close()

    def abort(self) -> None:
        """End now."""
        self._transport.abort()

    def is_closing(self) -> bool:
        """Ask the transport."""
        return self._transport.is_closing()

    def can_write_eof(self) -> bool:
        """Ask the transport."""
        return self._transport.can_write_eof()

    def write_eof(self) -> None:
        """Say that this is our end of the stream, of TLS and of TCP; the peer may go on."""
        self._end()
        self._transport.write_eof()

    def pause_reading(self) -> None:
        """Let TCP push back on the peer: nothing decrypted waits here."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Pass on."""
        self._transport.resume_reading()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Pass on."""
        self._transport.set_write_buffer_limits(high, low)

    def get_write_buffer_size(self) -> int:
        """Ask the transport."""
        return self._transport.get_write_buffer_size()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Ask the transport."""
        return self._transport.get_extra_info(name, default)

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Give the protocol above."""
        return cast(asyncio.BaseProtocol, self._protocol)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Have another protocol above."""
        self._protocol = cast(asyncio.Protocol, protocol)

    # The pieces.

    def _shake_hands(self) -> bool:
        """Go on with the handshake as far as it goes; give whether it is done."""
        try:
            self._tls.do_handshake()
        except SSLWantReadError:
            self._transport.write(self._outgoing.read())
            return False
        except SSLError as error:
            self._refuse(error)
            return False
        self._transport.write(self._outgoing.read())
        self._deadline.drop()
        self._phase = OPEN
        protocol = HttpConnection(self._service, self._server, self._learned())
        self._protocol = cast(asyncio.Protocol, protocol)
        self._known = None
        del self._credentials  # older ones are let go of with the last handshake
        protocol.connection_made(cast(asyncio.BaseTransport, self))
        self._service.remove(self)
        return True

    def _refuse(self, error: SSLError) -> None:
        """Send the alert, or speak as the peer does, and end."""
        peer = client_name(address_pair(self._transport.get_extra_info("peername")))
        logger.debug("TLS handshake with %s failed: %s", peer, error.reason)
        self._phase = ENDED
        self._deadline.disarm()
        if error.reason == "HTTP_REQUEST":
            self._transport.write(refusal(400, "this port speaks TLS: ask with https or wss"))
        else:
            self._transport.write(self._outgoing.read())
        linger(self._transport, self._service.clock, peer_done=False)

    def _learned(self) -> Known:
        """Say what the handshake has shown."""
        known, credentials, tls = self._known, self._credentials, self._tls
        if known is None:
            known = known_of(self._transport, self._server)
        suite = tls.cipher()
        known.scheme = "https"
        known.tls = {
            "server_cert": credentials.certificate,
            "client_cert_chain": chain_of(tls) if credentials.asking else [],
            "client_cert_name": distinguished_name(tls) if credentials.asking else None,
            # What is wrong with a certificate ends the handshake.
            "client_cert_error": None,
            "tls_version": VERSIONS.get(tls.version() or ""),
            "cipher_suite": credentials.suites.get(suite[0]) if suite is not None else None,
        }
        return known

    def _decrypt(self, pieces: list[bytes]) -> bool:
        """Take what OpenSSL can make of what it has; give whether the peer has ended its stream.

        Raises SSLError where it is no TLS.
        """
        incoming, read = self._incoming, self._tls.read
        try:
            while incoming.pending:
                piece = read(RECORD)  # a whole record: nothing of it is left inside
                if not piece:
                    return True
                pieces.append(piece)
        except SSLWantReadError:
            pass
        return False

    def _pass_end(self) -> None:
        """Tell the protocol that the peer sends no more."""
        if self._protocol is not None and not self._protocol.eof_received():
            self.close()

    def _write_records(self, data: bytes) -> None:
        """Encrypt record by record, so that OpenSSL's memory never holds more than one."""
        view = memoryview(data)
        for begin in range(0, len(view), BATCH):
            records: list[bytes] = []
            for start in range(begin, min(begin + BATCH, len(view)), RECORD):
                self._tls.write(view[start : start + RECORD])
                records.append(self._outgoing.read())
            self._transport.write(b"".join(records))

    def _end(self) -> None:
        """Send close_notify, once; an end of ours before the handshake is done needs none."""
        if self._phase is not OPEN:
            return
        self._phase = ENDED
        if not self._transport.is_closing():
            try:
                self._tls.unwrap()
            except SSLError:  # it would wait for the peer's
                pass
            self._transport.write(self._outgoing.read())

    def _fail(self, error: SSLError) -> None:
        """End on what is no TLS."""
        self._phase = ENDED
        if self._outgoing.pending:
            self._transport.write(self._outgoing.read())
        self._transport.abort()
