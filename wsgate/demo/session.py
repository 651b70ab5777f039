"""One client's websocket, from its connect to its end.

Two tasks serve a client: one listens, the other sends what waits in the member's outbox. So a
client that reads slowly holds up nobody but itself. However a client leaves, it ends with an
OSError: ``send()`` raises one, and we raise one where ``receive()`` tells of the disconnect.
"""

import asyncio
from typing import Any, NoReturn

from wsgate.asgi.types import Receive, Scope, Send
from wsgate.demo.messages import CloseError, Command, Join, Ping, Rename, Say, encode, parse
from wsgate.demo.pages import deny, route
from wsgate.demo.room import Member, Room

PATH = "/ws"
SUBPROTOCOL = "wsgate.chat"
JOIN_TIMEOUT = 10.0  # seconds from accept to the join
BURST = 20  # commands that may come at once
RATE = 2.0  # commands a second in the long run


class Allowance:
    """A token bucket: ``BURST`` commands at once, then ``RATE`` a second."""

    __slots__ = ("_filled_at", "_tokens")

    def __init__(self, now: float) -> None:
        self._tokens = float(BURST)
        self._filled_at = now

    def spend(self, now: float) -> None:
        """Take one token at ``now`` (seconds); raises ``CloseError`` when there is none."""
        self._tokens = min(BURST, self._tokens + RATE * (now - self._filled_at))
        self._filled_at = now
        if self._tokens < 1:
            raise CloseError(1008, "too many messages")
        self._tokens -= 1


async def serve(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve a websocket scope; raises an OSError when the client is gone."""
    if (await receive())["type"] != "websocket.connect":
        raise ConnectionError("the client left before we could answer")
    if route(scope) != PATH:
        await deny(scope, send, 404, f"the chat is at {PATH}")
    elif SUBPROTOCOL not in scope["subprotocols"]:
        await deny(scope, send, 400, f"offer the subprotocol {SUBPROTOCOL}")
    else:
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
        try:
            await visit(scope["state"]["room"], receive, send)
        except CloseError as error:
            close = {"code": error.code, "reason": error.reason}
            await send({"type": "websocket.close", **close})


async def visit(room: Room, receive: Receive, send: Send) -> NoReturn:
    """Bring the client into the room and out again; ends with ``CloseError`` or an OSError."""
    member = room.enter(await first_name(receive))
    try:
        await converse(room, member, receive, send)
    finally:
        room.leave(member)


async def first_name(receive: Receive) -> str:
    """Wait for the join, which comes first and soon."""
    try:
        command = await asyncio.wait_for(next_command(receive), JOIN_TIMEOUT)
    except asyncio.TimeoutError:
        raise CloseError(1008, "join first, and soon") from None
    if not isinstance(command, Join):
        raise CloseError(1008, "join first")
    return command.name


async def converse(room: Room, member: Member, receive: Receive, send: Send) -> NoReturn:
    """Listen and deliver until one of the two fails or the member falls behind."""
    listener = asyncio.create_task(listen(room, member, receive))
    deliverer = asyncio.create_task(deliver(member, send))
    ends: set[asyncio.Future[Any]] = {listener, deliverer, member.overflow}
    try:
        done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for end in ends:
            end.cancel()
        await asyncio.gather(*ends, return_exceptions=True)
    for end in done:
        end.result()
    raise CloseError(1013, "too slow: the messages for you pile up")


async def listen(room: Room, member: Member, receive: Receive) -> NoReturn:
    """Carry out what the member asks for."""
    clock = asyncio.get_running_loop().time
    allowance = Allowance(clock())
    while True:
        command = await next_command(receive)
        allowance.spend(clock())
        match command:
            case Say(text):
                room.say(member, text)
            case Ping(number):
                member.post(encode("pong", number=number))
            case Rename(name):
                room.rename(member, name)
            case Join():
                raise CloseError(1008, "you have joined already")


async def deliver(member: Member, send: Send) -> NoReturn:
    """Send what waits for the member, as fast as the client takes it."""
    while True:
        await send({"type": "websocket.send", "text": await member.outbox.get()})


async def next_command(receive: Receive) -> Command:
    """Wait for the client's next message; raises ``CloseError`` or ``ConnectionError``."""
    message = await receive()
    if message["type"] == "websocket.disconnect":
        raise ConnectionError("the client left")
    text = message.get("text")
    if text is None:
        raise CloseError(1003, "text messages only")
    return parse(text)
