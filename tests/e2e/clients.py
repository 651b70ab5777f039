"""Clients that others wrote: each goes through a conversation and tells what it heard."""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import subprocess
from collections.abc import Callable, Iterable
from http.cookies import SimpleCookie
from typing import Any

import aiohttp
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.e2e.conversations import Conversation, Heard
from tests.e2e.places import Place
from tests.e2e.process import TIMEOUT
from tests.programs import NODE_FOLDER, require_node_package

Client = Callable[[Place, Conversation], Heard]


def with_websockets(place: Place, conversation: Conversation) -> Heard:
    """The `websockets` package, its client with threads."""
    try:
        with opened(
            place,
            conversation.path,
            subprotocols=[Subprotocol(each) for each in conversation.offer] or None,
            additional_headers=conversation.fields,
        ) as websocket:
            return _hold(websocket, conversation)
    except InvalidStatus as refused:
        return Heard(status=refused.response.status_code)


def opened(place: Place, path: str, **options: Any) -> ClientConnection:
    """Open a WebSocket with the `websockets` package, to be closed by a `with`."""
    settings = {"max_size": None, "open_timeout": TIMEOUT, **options}
    sock = settings.pop("sock", None) or place.connect()  # so that no proxy is looked for
    if (tls := place.tls) is not None:
        # It reads and writes in two threads, without the lock that OpenSSL needs then: the tickets
        # of TLS 1.3, which come when it sends its request, have it lose the answer now and then.
        tls.maximum_version = ssl.TLSVersion.TLSv1_2
        settings["ssl"] = tls
    connection: ClientConnection = connect(place.ws + path, sock=sock, **settings)
    return connection


def _hold(websocket: ClientConnection, conversation: Conversation) -> Heard:
    assert websocket.response is not None
    cookies = cookies_of(websocket.response.headers.get_all("Set-Cookie"))
    heard = Heard(subprotocol=websocket.subprotocol, cookies=cookies)
    if conversation.ping is not None:
        assert websocket.ping(conversation.ping).wait(TIMEOUT)
    for message in conversation.say:
        pieces = conversation.pieces(message)
        websocket.send(pieces if len(pieces) > 1 else message)
    try:
        while not conversation.over(len(heard.messages)):
            heard.messages.append(websocket.recv(TIMEOUT))
        assert conversation.close is not None
        websocket.close(*conversation.close)
    except ConnectionClosed:
        heard.reason = websocket.close_reason or ""
    heard.code = websocket.close_code
    heard.clean = heard.code != 1006
    return heard


def cookies_of(fields: Iterable[str]) -> dict[str, str]:
    """The cookies that Set-Cookie fields set, by name."""
    cookies = [each for field in fields for each in SimpleCookie(field).values()]
    return {each.key: each.value for each in cookies}


def with_aiohttp(place: Place, conversation: Conversation, compress: int = 0) -> Heard:
    """The client of aiohttp, which offers compression where it is told to: window bits, or 0."""
    return asyncio.run(_hold_in_session(place, conversation, compress))


async def _hold_in_session(place: Place, conversation: Conversation, compress: int) -> Heard:
    jar = aiohttp.CookieJar(unsafe=True)  # also of hosts that have no name
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        try:
            websocket = await session.ws_connect(
                place.ws + conversation.path,
                protocols=conversation.offer,
                headers=conversation.fields,
                max_msg_size=0,
                compress=compress,
                ssl=place.tls or True,
            )
        except aiohttp.WSServerHandshakeError as refused:
            return Heard(status=refused.status)
        heard = await _hold_with_aiohttp(websocket, conversation)
        heard.cookies = {each.key: each.value for each in jar}
        return heard


async def _hold_with_aiohttp(
    websocket: aiohttp.ClientWebSocketResponse, conversation: Conversation
) -> Heard:
    heard = Heard(subprotocol=websocket.protocol)
    if conversation.ping is not None:
        await websocket.ping(conversation.ping)
    for each in conversation.say:
        await (websocket.send_str(each) if isinstance(each, str) else websocket.send_bytes(each))
    while not conversation.over(len(heard.messages)):
        message = await websocket.receive(TIMEOUT)
        if message.type not in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY}:
            heard.reason = message.extra or ""
            break
        heard.messages.append(message.data)
    else:
        assert conversation.close is not None
        code, reason = conversation.close
        await websocket.close(code=code, message=reason.encode())
    heard.code = websocket.close_code
    heard.clean = heard.code != 1006
    return heard


def with_ws(place: Place, conversation: Conversation) -> Heard:
    """The `ws` package under Node."""
    return _hold_under_node("ws", place, conversation)


def with_undici(place: Place, conversation: Conversation) -> Heard:
    """The `WebSocket` of undici, which is Node's own; it takes Node 20.18."""
    return _hold_under_node("undici", place, conversation)


def _hold_under_node(package: str, place: Place, conversation: Conversation) -> Heard:
    node = require_node_package(package)
    task = {**conversation.to_json(), "url": place.ws + conversation.path}
    command = [node, str(NODE_FOLDER / f"{package}.js")]
    trusted = {"NODE_EXTRA_CA_CERTS": str(place.authority)} if place.authority else {}
    done = subprocess.run(
        command,
        input=json.dumps(task),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        env={**os.environ, **trusted},
    )
    assert done.returncode == 0, done.stderr
    return Heard.from_json(json.loads(done.stdout))


CLIENTS: dict[str, Client] = {
    "websockets": with_websockets,
    "aiohttp": with_aiohttp,
    "ws": with_ws,
}
