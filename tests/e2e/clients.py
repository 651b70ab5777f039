"""Clients that others wrote: each goes through a conversation and tells what it heard."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Callable
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
            additional_headers=conversation.cookie_fields,
        ) as websocket:
            return _hold(websocket, conversation)
    except InvalidStatus as refused:
        return Heard(status=refused.response.status_code)


def opened(place: Place, path: str, **options: Any) -> ClientConnection:
    """Open a WebSocket with the `websockets` package, to be closed by a `with`."""
    settings = {"max_size": None, "open_timeout": TIMEOUT, **options}
    sock = settings.pop("sock", None) or place.connect()  # so that no proxy is looked for
    connection: ClientConnection = connect(place.ws + path, sock=sock, **settings)
    return connection


def _hold(websocket: ClientConnection, conversation: Conversation) -> Heard:
    assert websocket.response is not None
    heard = Heard(subprotocol=websocket.subprotocol)
    for field in websocket.response.headers.get_all("Set-Cookie"):
        heard.cookies |= {name: each.value for name, each in SimpleCookie(field).items()}
    for message in conversation.say:
        websocket.send(message)
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


def with_aiohttp(place: Place, conversation: Conversation) -> Heard:
    """The client of aiohttp."""
    return asyncio.run(_hold_in_session(place, conversation))


async def _hold_in_session(place: Place, conversation: Conversation) -> Heard:
    jar = aiohttp.CookieJar(unsafe=True)  # also of hosts that have no name
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        try:
            websocket = await session.ws_connect(
                place.ws + conversation.path,
                protocols=conversation.offer,
                headers=conversation.cookie_fields,
                max_msg_size=0,
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


def with_node(place: Place, conversation: Conversation) -> Heard:
    """The `ws` package under Node."""
    node = require_node_package("ws")
    task = {**conversation.to_json(), "url": place.ws + conversation.path}
    command = [node, str(NODE_FOLDER / "client.js")]
    done = subprocess.run(
        command, input=json.dumps(task), capture_output=True, text=True, timeout=TIMEOUT
    )
    assert done.returncode == 0, done.stderr
    return Heard.from_json(json.loads(done.stdout))


CLIENTS: dict[str, Client] = {
    "websockets": with_websockets,
    "aiohttp": with_aiohttp,
    "node": with_node,
}
