"""A Socket.IO server in front of a Starlette application."""

# python-socketio is not installed where the types are checked.
# mypy: allow-untyped-decorators, allow-subclassing-any

import asyncio
from typing import Any

import socketio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.e2e.apps.diary import Diary

diary = Diary()
sio = socketio.AsyncServer(
    async_mode="asgi", max_http_buffer_size=4 << 20, ping_interval=1, ping_timeout=3
)


@sio.event
async def connect(sid: str, environ: dict[str, Any], auth: dict[str, Any] | None) -> None:
    if auth and auth.get("token") == "wrong":
        raise socketio.exceptions.ConnectionRefusedError("wrong token", {"code": 7})
    name = (auth or {}).get("name")
    scope = environ["asgi.scope"]
    await sio.save_session(sid, {"name": name, "began": scope["type"]})
    await sio.emit("welcome", {"name": name, "from": environ.get("HTTP_X_FROM")}, to=sid)


@sio.event
async def disconnect(sid: str, reason: str) -> None:
    session = await sio.get_session(sid)
    if session["name"]:
        diary.write(session["name"], reason)


@sio.event
async def echo(sid: str, *values: Any) -> tuple[Any, ...]:
    """Acknowledge with what came."""
    return values


@sio.event
async def session(sid: str) -> dict[str, Any]:
    return {**await sio.get_session(sid), "transport": sio.transport(sid)}


@sio.event
async def join(sid: str, room: str) -> int:
    await sio.enter_room(sid, room)
    return len(list(sio.manager.get_participants("/", room)))


@sio.event
async def leave(sid: str, room: str) -> None:
    await sio.leave_room(sid, room)


@sio.event
async def say(sid: str, room: str, text: Any) -> None:
    """Tell all others of a room."""
    await sio.emit("said", text, room=room, skip_sid=sid)


@sio.event
async def ask_me(sid: str, question: str) -> str:
    """Ask the client that asks, and tell it what it answered."""
    answer = await sio.call("question", question, to=sid, timeout=10)
    return f"you said {answer}"


@sio.event
async def count(sid: str, total: int) -> None:
    """Send numbers from a background task."""

    async def numbers() -> None:
        for number in range(total):
            await sio.emit("number", number, to=sid)
            await asyncio.sleep(0)

    sio.start_background_task(numbers)


@sio.event
async def throw_out(sid: str) -> None:
    await sio.disconnect(sid)


@sio.on("*")
async def anything(event: str, sid: str, value: Any) -> list[Any]:
    return [event, value]


class Admin(socketio.AsyncNamespace):
    """A namespace of its own."""

    async def on_whoami(self, sid: str) -> str:
        return f"admin at {self.namespace}"


async def read_diary(request: Request) -> Response:
    return JSONResponse(await diary.read(request.path_params["name"]))


sio.register_namespace(Admin("/admin"))
app = socketio.ASGIApp(sio, Starlette(routes=[Route("/diary/{name}", read_diary)]))
