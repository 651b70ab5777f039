"""The application's answer to an opening handshake: accept, refuse or deny with a response."""

from __future__ import annotations

from wsgate.asgi.compression import Negotiator, Share
from wsgate.asgi.types import Headers, Message
from wsgate.http1.fields import DefaultFields
from wsgate.http1.writer import ResponseWriter, refusal, switching_protocols
from wsgate.websocket.handshake import OpeningHandshake, application_headers


class WebSocketOpening:
    """Turn what the application decides before accept into bytes; nothing is kept of the peer.

    defaults: fields added to each response (Date, Server …). negotiator: of compression; None
    where this server agrees on none. share: what was agreed by `accept()`. status: of the denial
    response.
    """

    __slots__ = (
        "_defaults",
        "_denial",
        "_denial_head",
        "_handshake",
        "_negotiator",
        "share",
        "status",
    )

    def __init__(
        self,
        handshake: OpeningHandshake,
        defaults: DefaultFields,
        negotiator: Negotiator | None,
    ) -> None:
        self._handshake = handshake
        self._defaults = defaults
        self._denial = ResponseWriter("GET", "1.1", keep_alive=False)
        self._denial_head = b""
        self._negotiator = negotiator
        self.share: Share | None = None
        self.status = 0

    def accept(self, message: Message) -> bytes:
        """Make the 101 for `websocket.accept`; raises RuntimeError for what cannot be agreed."""
        handshake = self._handshake
        share = self._negotiator.agree(handshake.extensions) if self._negotiator else None
        answer = share.answer if share is not None else ""
        try:
            ours = handshake.response_headers(message.get("subprotocol"), answer)
            given = application_headers(message.get("headers") or ())
            head = switching_protocols(ours, given, self._defaults)
        except (ValueError, RuntimeError) as error:
            if share is not None:
                share.end()
            raise RuntimeError(f"websocket.accept: {error}") from None
        self.share = share
        return head

    def refuse(self, status: int, sentence: str, headers: Headers | None = None) -> bytes:
        """Make a whole refusal."""
        return refusal(status, sentence, headers or [], self._defaults)

    def start_denial(self, message: Message) -> None:
        """Take `websocket.http.response.start`; raises RuntimeError where it is malformed."""
        headers = message.get("headers") or ()
        self._denial_head = self._denial.start(message.get("status"), headers, self._defaults)
        self.status = self._denial.status

    def deny(self, message: Message) -> bytes:
        """Make the bytes for `websocket.http.response.body`, behind the head the first time."""
        body = self._denial.body(message.get("body", b""), bool(message.get("more_body", False)))
        head, self._denial_head = self._denial_head, b""
        return head + body

    @property
    def denial_sent(self) -> bool:
        """Whether a part of the denial response has been made."""
        return self._denial.started and not self._denial_head

    @property
    def denied(self) -> bool:
        """Whether the whole denial response has been made."""
        return self._denial.complete
