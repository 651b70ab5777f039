"""What the applications of these tests are made of, and how they hand back what they saw."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from queue import SimpleQueue
from typing import Any

from tests.serving import TIMEOUT
from wsgate.asgi.cause import INITIATORS, Cause

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Body = Callable[[Receive, Send], Awaitable[None]]
Complaints = Callable[[], list[str]]


class Seen:
    """What an application saw, in order; it puts, the test takes."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[Any] = SimpleQueue()

    def put(self, value: object) -> None:
        self._queue.put(value)

    def take(self) -> Any:
        """The next of it; fails where nothing comes."""
        return self._queue.get(timeout=TIMEOUT)

    @property
    def empty(self) -> bool:
        """Whether nothing is left; of use when the server has ended."""
        return self._queue.empty()


def accepting(body: Body) -> Application:
    """An application that accepts a websocket and then goes on with `body`."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "websocket"
        assert await receive() == {"type": "websocket.connect"}
        await send({"type": "websocket.accept"})
        await body(receive, send)

    return application


def answering(body: Body) -> Application:
    """An application for HTTP that goes on with `body` at once."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        await body(receive, send)

    return application


async def error_of(awaitable: Awaitable[None]) -> Exception | None:
    """What an `await` raises, None where it raises nothing."""
    try:
        await awaitable
    except Exception as error:
        return error
    return None


async def respond(send: Send, body: bytes = b"", status: int = 200) -> None:
    """Send a whole response, with its length."""
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": status, "headers": [length]})
    await send({"type": "http.response.body", "body": body})


def disconnect(cause: str, code: int = 1006, reason: str = "") -> Message:
    """The `websocket.disconnect` of a cause."""
    keys = {"code": code, "reason": reason, "wsgate.cause": cause}
    initiator = INITIATORS[Cause(cause)].value
    return {"type": "websocket.disconnect", **keys, "wsgate.initiator": initiator}


START: Message = {"type": "http.response.start", "status": 200}
BODY = "http.response.body"


def length(size: int) -> Message:
    return {**START, "headers": [(b"content-length", b"%d" % size)]}


def piece(data: bytes) -> Message:
    return {"type": BODY, "body": data, "more_body": True}


def last(data: bytes = b"") -> Message:
    return {"type": BODY, "body": data}


STARTED: Message = {"type": "lifespan.startup.complete"}
STOPPED: Message = {"type": "lifespan.shutdown.complete"}


def living(body: Body) -> Application:
    """An application of which only the lifespan matters."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "lifespan"
        await body(receive, send)

    return app
