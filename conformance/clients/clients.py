"""Further clients that others wrote, as `tests.e2e.clients` has the first ones."""

from __future__ import annotations

import asyncio
import struct
from typing import Any

import picows
import websocket
from picows import WSCloseCode, WSMsgType
from websocket import ABNF

from tests.e2e.clients import cookies_of
from tests.e2e.conversations import Conversation, Heard, Said
from tests.e2e.places import Place
from tests.e2e.process import TIMEOUT


def with_asyncio(library: Any, place: Place, conversation: Conversation) -> Heard:
    """A library with the asyncio interface of `websockets`."""
    return asyncio.run(_hold(library, place, conversation))


def _trusting(place: Place, option: str) -> dict[str, Any]:
    """What a library takes to speak TLS; nothing where it does not."""
    return {} if place.tls is None else {option: place.tls}


async def _hold(library: Any, place: Place, conversation: Conversation) -> Heard:
    try:
        async with library.connect(
            place.ws + conversation.path,
            subprotocols=conversation.offer or None,
            additional_headers=conversation.fields,
            open_timeout=TIMEOUT,
            max_size=None,
            proxy=None,
            **_trusting(place, "ssl"),
        ) as connection:
            return await _hold_opened(library, connection, conversation)
    except library.InvalidStatus as refused:
        return Heard(status=refused.response.status_code)


async def _hold_opened(library: Any, connection: Any, conversation: Conversation) -> Heard:
    cookies = cookies_of([connection.response.headers.get("Set-Cookie", "")])
    heard = Heard(subprotocol=connection.subprotocol, cookies=cookies)
    if conversation.ping is not None:
        await (await connection.ping(conversation.ping))
    for message in conversation.say:
        pieces = conversation.pieces(message)
        await connection.send(pieces if len(pieces) > 1 else message)
    try:
        while not conversation.over(len(heard.messages)):
            heard.messages.append(await connection.recv())
        assert conversation.close is not None
        await connection.close(*conversation.close)
    except library.ConnectionClosed:
        heard.reason = connection.close_reason or ""
    heard.code = connection.close_code
    heard.clean = heard.code not in {None, 1006}
    return heard


def with_picows(place: Place, conversation: Conversation) -> Heard:
    """The interface of picows itself, which gives frames and leaves the Close to who uses it."""
    return asyncio.run(_hold_frames(place, conversation))


async def _hold_frames(place: Place, conversation: Conversation) -> Heard:
    listener = _Listener(conversation)
    offer = {"Sec-WebSocket-Protocol": ", ".join(conversation.offer)} if conversation.offer else {}
    try:
        transport, _ = await picows.ws_connect(
            lambda: listener,
            place.ws + conversation.path,
            extra_headers={**conversation.fields, **offer},
            websocket_handshake_timeout=TIMEOUT,
            **_trusting(place, "ssl_context"),
        )
    except picows.WSInvalidStatusError as refused:
        return Heard(status=int(refused.response.status))
    await transport.wait_disconnected()
    return listener.heard


class _Listener(picows.WSListener):  # type: ignore[misc]
    """Says what there is to say, and keeps what comes."""

    def __init__(self, conversation: Conversation) -> None:
        self.heard = Heard(clean=False)
        self._conversation = conversation

    def on_ws_connected(self, transport: Any) -> None:
        headers = transport.response.headers
        self.heard.subprotocol = headers.get("Sec-WebSocket-Protocol")
        self.heard.cookies = cookies_of(headers.getall("Set-Cookie", []))
        if self._conversation.ping is not None:
            transport.send_ping(self._conversation.ping)
        for message in self._conversation.say:
            self._say(transport, message)

    def _say(self, transport: Any, message: Said) -> None:
        *begin, end = self._conversation.pieces(message)
        kind = WSMsgType.TEXT if isinstance(message, str) else WSMsgType.BINARY
        for piece in begin:
            transport.send(kind, piece, fin=False)
            kind = WSMsgType.CONTINUATION
        transport.send(kind, end)

    def on_ws_frame(self, transport: Any, frame: Any) -> None:
        if frame.msg_type == WSMsgType.TEXT:
            self.heard.messages.append(frame.get_payload_as_utf8_text())
        elif frame.msg_type == WSMsgType.BINARY:
            self.heard.messages.append(frame.get_payload_as_bytes())
        elif frame.msg_type == WSMsgType.CLOSE:
            self._closed(transport, frame)
            return
        if self._conversation.over(len(self.heard.messages)):
            assert self._conversation.close is not None
            code, reason = self._conversation.close
            transport.send_close(WSCloseCode(code), reason)

    def _closed(self, transport: Any, frame: Any) -> None:
        self.heard.code = int(frame.get_close_code().value)
        self.heard.clean = True
        if not transport.is_close_frame_sent:
            self.heard.reason = frame.get_close_reason() or ""
            transport.send_close(frame.get_close_code())
        transport.disconnect()


def with_websocket_client(place: Place, conversation: Conversation) -> Heard:
    """The `websocket-client` package, which blocks."""
    sock = place.connect()  # so that no proxy is looked for
    if place.tls is not None:
        sock = place.tls.wrap_socket(sock, server_hostname="127.0.0.1")
    try:
        connection = websocket.create_connection(
            place.ws + conversation.path,
            TIMEOUT,
            subprotocols=list(conversation.offer),
            header=conversation.fields,
            suppress_origin="Origin" in conversation.fields,
            socket=sock,
        )
    except websocket.WebSocketBadStatusException as refused:
        return Heard(status=refused.status_code)
    try:
        return _hold_blocking(connection, conversation)
    finally:
        connection.shutdown()


def _hold_blocking(connection: Any, conversation: Conversation) -> Heard:
    cookies = cookies_of([connection.getheaders().get("set-cookie", "")])
    heard = Heard(subprotocol=connection.getsubprotocol(), cookies=cookies)
    if conversation.ping is not None:
        connection.ping(conversation.ping)
    for message in conversation.say:
        if isinstance(message, str):
            opcode, payload = ABNF.OPCODE_TEXT, message.encode()  # cut inside of characters too
        else:
            opcode, payload = ABNF.OPCODE_BINARY, message
        *begin, end = conversation.pieces(payload)
        for piece in begin:
            connection.send_frame(ABNF.create_frame(piece, opcode, 0))
            opcode = ABNF.OPCODE_CONT
        connection.send_frame(ABNF.create_frame(end, opcode, 1))
    while not conversation.over(len(heard.messages)):
        opcode, data = connection.recv_data()
        if opcode == ABNF.OPCODE_CLOSE:
            heard.code, heard.reason = *struct.unpack("!H", data[:2]), data[2:].decode()
            return heard
        heard.messages.append(data.decode() if opcode == ABNF.OPCODE_TEXT else data)
    assert conversation.close is not None
    connection.close(*conversation.close, timeout=TIMEOUT)
    (heard.code,) = struct.unpack("!H", connection.close_frame.data[:2])
    return heard
