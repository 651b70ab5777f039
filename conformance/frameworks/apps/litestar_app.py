"""A Litestar application: handlers, listeners, streams, channels."""

# Litestar is not installed where the types are checked.
# mypy: allow-untyped-decorators, allow-subclassing-any

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from litestar import Litestar, Request, Response, WebSocket, delete, get, post, put, websocket
from litestar.background_tasks import BackgroundTask
from litestar.channels import ChannelsPlugin
from litestar.channels.backends.memory import MemoryChannelsBackend
from litestar.config.compression import CompressionConfig
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie, State, UploadFile
from litestar.di import Provide
from litestar.dto import DataclassDTO
from litestar.enums import RequestEncodingType
from litestar.exceptions import ClientException, PermissionDeniedException, WebSocketDisconnect
from litestar.handlers import (
    BaseRouteHandler,
    WebsocketListener,
    send_websocket_stream,
    websocket_listener,
)
from litestar.middleware.session.server_side import ServerSideSessionConfig
from litestar.params import Body
from litestar.response import File, ServerSentEvent, ServerSentEventMessage, Stream

from tests.e2e.apps.diary import Diary

diary = Diary()


@dataclass
class Point:
    """What comes as JSON or MessagePack, and goes back."""

    x: int
    y: int = 0


class OnPurposeError(Exception):
    """Nobody handles it."""


@asynccontextmanager
async def lifespan(app: Litestar) -> AsyncIterator[None]:
    app.state.greeting = "hello from the lifespan"
    yield


def guard(connection: ASGIConnection, handler: BaseRouteHandler) -> None:
    if connection.headers.get("x-token") != "secret":
        raise PermissionDeniedException("members only")


async def unit(scale: int = 1) -> int:
    return scale * 10


@get("/diary/{name:str}")
async def read_diary(name: str) -> dict[str, Any]:
    return {"entry": await diary.read(name)}


@post("/diary/{name:str}", status_code=204)
async def write_diary(name: str, request: Request) -> None:
    diary.write(name, (await request.body()).decode())


@get("/scaled/{value:int}")
async def scaled(value: int, unit: int, state: State) -> dict[str, Any]:
    return {"scaled": value * unit, "greeting": state.greeting}


@post("/points")
async def points(data: Point) -> Response:
    cookies = [Cookie("a", value="1"), Cookie("b", value="2", httponly=True)]
    return Response(Point(data.y, data.x), headers={"x-kind": "point"}, cookies=cookies)


@get("/members", guards=[guard])
async def members() -> str:
    return "welcome"


@get("/broken")
async def broken() -> None:
    raise OnPurposeError


@get("/visits")
async def visits(request: Request) -> int:
    count: int = request.session.get("visits", 0) + 1
    request.session["visits"] = count
    return count


@delete("/nothing")
async def nothing() -> None:
    """Answer 204."""


@post("/upload")
async def upload(
    data: Annotated[list[UploadFile], Body(media_type=RequestEncodingType.MULTI_PART)],
) -> dict[str, str]:
    return {each.filename: hashlib.sha256(await each.read()).hexdigest() for each in data}


@put("/take")
async def take(request: Request) -> int:
    size = 0
    async for piece in request.stream():
        size += len(piece)
    return size


@get("/stream/{name:str}")
async def stream(name: str) -> Stream:
    async def pieces() -> AsyncIterator[str]:
        yield "first\n"
        yield await diary.read(name)

    return Stream(pieces(), media_type="text/plain")


@get("/events/{name:str}")
async def events(name: str) -> ServerSentEvent:
    async def messages() -> AsyncIterator[ServerSentEventMessage]:
        yield ServerSentEventMessage(data="a\nb", id=1, event="news", retry=500)
        yield ServerSentEventMessage(data=await diary.read(name), id=2)

    return ServerSentEvent(messages())


@get("/large")
async def large() -> str:
    return "large " * 10_000


@get("/source")
async def source() -> File:
    return File(Path(__file__), filename="app.py")


@post("/tasks/{name:str}", status_code=202)
async def tasks(name: str) -> Response:
    async def work() -> None:
        diary.write(name, await diary.read(f"{name}-go"))

    return Response("accepted", background=BackgroundTask(work))


@websocket("/ws/echo/{name:str}")
async def echo(socket: WebSocket, name: str) -> None:
    """Give back what comes, and write down how it ended."""
    offered = socket.scope["subprotocols"]
    chosen = offered[-1] if offered else None
    await socket.accept(subprotocols=chosen, headers={"x-served-by": "litestar"})
    try:
        while True:
            await socket.send_text(await socket.receive_text())
    except WebSocketDisconnect as end:
        diary.write(name, [end.code, end.detail])


@websocket("/ws/codecs")
async def codecs(socket: WebSocket) -> None:
    """Take JSON and MessagePack in turn, and give back the other."""
    await socket.accept()
    await socket.send_msgpack(await socket.receive_json())
    await socket.send_json(await socket.receive_msgpack())
    await socket.send_bytes(await socket.receive_bytes())
    await socket.close(3001, "enough")


@websocket("/ws/members", guards=[guard])
async def members_socket(socket: WebSocket) -> None:
    await socket.accept()
    await socket.close(reason="welcome")


@websocket("/ws/fail")
async def fail(socket: WebSocket, kind: str, accept: bool) -> None:
    if accept:
        await socket.accept()
    raise ClientException("not so") if kind == "client" else OnPurposeError


@websocket_listener("/ws/listen", dto=DataclassDTO[Point])
async def listen(data: Point, unit: int) -> Point:
    """Scale a point."""
    return Point(data.x * unit, data.y * unit)


@websocket_listener("/ws/listen-bytes", receive_mode="binary", send_mode="binary")
async def listen_bytes(data: bytes) -> bytes:
    return data[::-1]


class Notes(WebsocketListener):
    """A listener with hooks."""

    path = "/ws/notes/{name:str}"

    async def on_accept(self, socket: WebSocket, name: str) -> None:
        diary.write(f"{name}-opened", socket.headers["user-agent"].startswith("Python"))

    async def on_disconnect(self, socket: WebSocket, name: str) -> None:
        diary.write(f"{name}-closed", True)

    async def on_receive(self, data: str) -> str:
        return f"noted: {data}"


@websocket("/ws/ticks/{name:str}")
async def ticks(socket: WebSocket, name: str) -> None:
    """Send from a generator until the client goes."""

    async def numbers() -> AsyncIterator[str]:
        try:
            yield "first"
            await diary.read(f"{name}-never")
        finally:
            diary.write(name, "the stream ended")

    await socket.accept()
    await send_websocket_stream(socket, numbers(), listen_for_disconnect=True)


@post("/publish/{channel:str}", status_code=204)
async def publish(channel: str, request: Request, channels: ChannelsPlugin) -> None:
    await channels.wait_published((await request.body()).decode(), channel)


app = Litestar(
    [
        *(read_diary, write_diary, scaled, points, members, broken, visits, nothing, upload, take),
        *(stream, events, large, source, tasks, publish),
        *(echo, codecs, members_socket, fail, listen, listen_bytes, Notes, ticks),
    ],
    lifespan=[lifespan],
    dependencies={"unit": Provide(unit)},
    middleware=[ServerSideSessionConfig().middleware],
    compression_config=CompressionConfig("gzip", minimum_size=10_000),
    plugins=[
        ChannelsPlugin(
            MemoryChannelsBackend(history=2),
            arbitrary_channels_allowed=True,
            create_ws_route_handlers=True,
            ws_handler_base_path="/ws/channels",
            ws_handler_send_history=2,
        )
    ],
)
