"""The websocket side of the Django project: consumers of Django Channels."""

# Channels is not installed where the types are checked.
# mypy: allow-subclassing-any

from typing import Any

from channels.exceptions import DenyConnection
from channels.generic.http import AsyncHttpConsumer
from channels.generic.websocket import (
    AsyncJsonWebsocketConsumer,
    AsyncWebsocketConsumer,
    WebsocketConsumer,
)
from django.urls import path

from conformance.frameworks.apps.django_views import diary


class OnPurposeError(Exception):
    """Nobody handles it."""


class Echo(AsyncWebsocketConsumer):
    """Gives back what comes, and writes down how it ends."""

    async def connect(self) -> None:
        offered = self.scope["subprotocols"]
        chosen = offered[-1] if offered else None
        await self.accept(chosen, [(b"x-served-by", b"channels"), (b"set-cookie", b"a=1")])

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        await self.send(text_data, bytes_data)

    async def disconnect(self, code: int) -> None:
        diary.write(self.scope["url_route"]["kwargs"]["name"], code)


class Room(AsyncJsonWebsocketConsumer):
    """A room over the channel layer; each counts what came to it from the others."""

    async def connect(self) -> None:
        self.room = self.scope["url_route"]["kwargs"]["room"]
        await self.channel_layer.group_add(self.room, self.channel_name)
        await self.accept()
        await self._tell("somebody came")

    async def receive_json(self, content: Any, **options: Any) -> None:
        if content.get("leave"):
            await self.close(4001, content["leave"])
        else:
            await self._tell(content["text"])

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(self.room, self.channel_name)
        await self._tell(f"left with {code}")

    async def room_said(self, event: dict[str, Any]) -> None:
        await self.send_json({"text": event["text"]})

    async def _tell(self, text: str) -> None:
        await self.channel_layer.group_send(self.room, {"type": "room.said", "text": text})


class Threaded(WebsocketConsumer):
    """Runs in a thread; knows the session that the HTTP side made."""

    def connect(self) -> None:
        self.accept()
        self.send(text_data=f"{self.scope['session'].get('visits')} visits")

    def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        self.send(text_data=f"{self.scope['cookies']['who']} said {text_data}")
        self.close(3003, "enough")


class Refusing(AsyncWebsocketConsumer):
    """Does not accept, in one of two ways."""

    async def connect(self) -> None:
        if self.scope["query_string"] == b"raise":
            raise DenyConnection
        await self.close(4003)


class Broken(AsyncWebsocketConsumer):
    """Raises, before or after it has accepted."""

    async def connect(self) -> None:
        if self.scope["query_string"] == b"accept":
            await self.accept()
        raise OnPurposeError


class Poll(AsyncHttpConsumer):
    """A long poll: answers with two pieces, the second when it is there."""

    async def handle(self, body: bytes) -> None:
        await self.send_headers(status=203, headers=[(b"content-type", b"text/plain")])
        await self.send_body(b"asked: " + body + b"\n", more_body=True)
        name = self.scope["url_route"]["kwargs"]["name"]
        await self.send_body((await diary.read(name)).encode())


sockets = [
    path("ws/echo/<name>", Echo.as_asgi()),
    path("ws/rooms/<room>", Room.as_asgi()),
    path("ws/threaded", Threaded.as_asgi()),
    path("ws/refusing", Refusing.as_asgi()),
    path("ws/broken", Broken.as_asgi()),
]
polls = [path("poll/<name>", Poll.as_asgi())]
