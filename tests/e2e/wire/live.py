"""A running server and what its application saw: the tools of the tests in this package."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any

from tests.client import Client, Response
from tests.http1.feeding import byte_by_byte, cut
from tests.serving import TIMEOUT, Serving

Scope = dict[str, Any]
Message = dict[str, Any]
Feed = Callable[[bytes], list[bytes]]

DRAINED = 60_000
"""Bytes that a refused peer may go on to send without being reset."""


def in_two(stream: bytes) -> list[bytes]:
    """Cut a stream at a place that is any, and the same in each run."""
    return cut(stream, [random.Random(stream).random()])


FEEDS: dict[str, Feed] = {
    "whole": lambda stream: [stream],
    "bytes": byte_by_byte,
    "two": in_two,
}


class Call:
    """A call of the application: its scope, what it received, and what it raised."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.received: list[Message] = []
        self.error: BaseException | None = None
        self.done = threading.Event()

    @property
    def path(self) -> str:
        return str(self.scope["path"])

    @property
    def payloads(self) -> list[str | bytes]:
        """The messages of a websocket."""
        return [
            message["bytes"] if message.get("text") is None else message["text"]
            for message in self.received
            if message["type"] == "websocket.receive"
        ]

    @property
    def disconnect(self) -> tuple[int, str]:
        """Code and reason of the last message, which is a websocket's disconnect."""
        last = self.received[-1]
        assert last["type"] == "websocket.disconnect", last
        return last["code"], last["reason"]


class Recorder:
    """An application around another one, which writes down each call of it."""

    def __init__(self, application: Any) -> None:
        self.application = application
        self.calls: list[Call] = []

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            raise NotImplementedError
        call = Call(scope)
        self.calls.append(call)

        async def recorded_receive() -> Message:
            message: Message = await receive()
            call.received.append(message)
            return message

        try:
            await self.application(scope, recorded_receive, send)
        except BaseException as error:
            call.error = error
            raise
        finally:
            call.done.set()


class Live:
    """The server of a module of tests, and its application."""

    def __init__(self, server: Serving, recorder: Recorder) -> None:
        self.server = server
        self.recorder = recorder

    def connect(self, **options: int) -> Client:
        """Connect; each `send` is a segment of its own. options: of the socket, by name."""
        sock = socket.socket()
        sock.settimeout(TIMEOUT)
        for name, value in options.items():
            sock.setsockopt(socket.SOL_SOCKET, getattr(socket, name), value)
        sock.connect((self.server.host, self.server.port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return Client(sock)

    def open(self, target: str = "/", behind: bytes = b"") -> Client:
        """Connect and open a websocket."""
        client = self.connect()
        client.open_websocket(target, behind=behind)
        return client

    def settle(self) -> None:
        """Let the server act on all that has arrived: some turns of its loop."""
        for _ in range(4):
            self.server.call(lambda: None)

    def calls(self) -> list[Call]:
        """The calls of this test so far; those that the server has reason for have begun."""
        self.settle()
        return list(self.recorder.calls)

    def only_call(self) -> Call:
        """The one call of this test, which has ended or is about to."""
        (call,) = self.calls()
        assert call.done.wait(TIMEOUT), f"the application waits behind {call.received}"
        return call

    def assert_ended(self, client: Client) -> None:
        """Nothing more comes but the end of the stream, which is here; TCP ends without RST."""
        self.settle()
        assert client.readable(), "the server waits"
        self.assert_ends(client)

    def assert_ends(self, client: Client) -> None:
        """As `assert_ended`, when a deadline has come."""
        assert client.read_all() == b""
        client.finish()
        self.settle()
        assert client.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0

    def only_answer(self, segments: Iterable[bytes]) -> Response:
        """The response to a stream; it is the only one, and the connection ends behind it."""
        with self.connect() as client:
            for segment in segments:
                client.send(segment)
            response = client.read_response()
            self.assert_ended(client)
        return response

    def assert_serves(self) -> None:
        """Others are served as ever."""
        with self.connect() as client:
            client.open_websocket("/other")
            client.send_text("still there?")
            assert client.read_text() == "still there?"
            client.send_close(1000)
            assert client.read_close() == (1000, "")


async def answer_or_echo(scope: Scope, receive: Any, send: Any) -> None:
    """Answer each request with its method and path, and echo each message of a websocket.

    The answer waits for the end of the request's body, but for /early.
    """
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({**message, "type": "websocket.send"})
        return
    while (message := await receive()).get("more_body") and scope["path"] != "/early":
        pass
    if message["type"] == "http.request":
        await answer(send, f"{scope['method']} {scope['path']}".encode())


async def answer(send: Any, body: bytes, status: int = 200) -> None:
    """Send a whole response."""
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": status, "headers": [length]})
    await send({"type": "http.response.body", "body": body})
