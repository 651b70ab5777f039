"""A Starlette application: endpoint classes, middleware, streams, mounts."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
from starlette.applications import Starlette
from starlette.authentication import (
    AuthCredentials,
    AuthenticationBackend,
    BaseUser,
    SimpleUser,
    requires,
)
from starlette.endpoints import HTTPEndpoint, WebSocketEndpoint
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import (
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from tests.e2e.apps.diary import Diary

STREAMED = {"X-Accel-Buffering": "no"}


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[dict[str, Any]]:
    async with anyio.create_task_group() as tasks:
        yield {"diary": Diary(), "tasks": tasks}


class Stamp(BaseHTTPMiddleware):
    """Marks each response, and has seen each request."""

    async def dispatch(
        self, request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        request.state.stamp = request.headers.get("x-request-id", "none")
        response = await call_next(request)
        response.headers["x-request-id"] = request.state.stamp
        return response


class Tokens(AuthenticationBackend):
    """Knows who brings a token, over HTTP and websockets alike."""

    async def authenticate(self, conn: HTTPConnection) -> tuple[AuthCredentials, BaseUser] | None:
        if (name := conn.headers.get("x-user")) is None:
            return None
        return AuthCredentials(["reader"]), SimpleUser(name)


class Article(HTTPEndpoint):
    """A class with a method for each method."""

    async def get(self, request: Request) -> Response:
        return JSONResponse(
            {
                "slug": request.path_params["slug"],
                "url": str(request.url_for("article", slug="next")),
                "stamp": request.state.stamp,
            }
        )

    async def put(self, request: Request) -> Response:
        return PlainTextResponse((await request.body()).upper(), 201)


@requires("reader")
async def private(request: Request) -> Response:
    return PlainTextResponse(f"hello {request.user.display_name}")


async def events(request: Request) -> Response:
    """Send three events, each when it is asked for, as EventSource reads them."""
    name, diary = request.path_params["name"], request.state.diary

    async def stream() -> AsyncIterator[str]:
        yield "retry: 60000\n\n"
        for number in range(3):
            yield f"id: {number}\ndata: {await diary.read(f'{name}/{number}')}\n\n"

    return StreamingResponse(stream(), media_type="text/event-stream", headers=STREAMED)


async def wait(request: Request) -> Response:
    """Wait for the client to go, as a long poll does that has nothing to tell."""
    name, diary = request.path_params["name"], request.state.diary
    diary.write(f"{name}/body", (await request.body()).decode())
    while not await request.is_disconnected():
        await asyncio.sleep(0.01)
    diary.write(name, "the client went")
    return PlainTextResponse("nobody reads this")


async def start(request: Request) -> Response:
    """Start work that outlives the request, in the lifespan's task group."""
    name, diary = request.path_params["name"], request.state.diary

    async def work() -> None:
        diary.write(name, "done")

    request.state.tasks.start_soon(work)
    return Response(status_code=202)


async def moved(request: Request) -> Response:
    return RedirectResponse(request.url_for("article", slug="here"), 308)


async def write_diary(request: Request) -> Response:
    request.state.diary.write(request.path_params["name"], (await request.body()).decode())
    return Response(status_code=204)


async def read_diary(request: Request) -> Response:
    return JSONResponse(await request.state.diary.read(request.path_params["name"]))


async def not_found(request: Request, error: Exception) -> Response:
    return PlainTextResponse(f"no {request.url.path} here", 404)


class Calculator(WebSocketEndpoint):
    """A websocket as a class; it writes down how it ends."""

    encoding = "json"

    async def on_connect(self, websocket: WebSocket) -> None:
        offered = websocket.scope["subprotocols"]
        await websocket.accept(offered[-1] if offered else None)

    async def on_receive(self, websocket: WebSocket, data: Any) -> None:
        await websocket.send_json({"sum": sum(data)})

    async def on_disconnect(self, websocket: WebSocket, close_code: int) -> None:
        websocket.state.diary.write(websocket.path_params["name"], close_code)


class Shout(WebSocketEndpoint):
    """A websocket for bytes."""

    encoding = "bytes"

    async def on_receive(self, websocket: WebSocket, data: Any) -> None:
        await websocket.send_bytes(data.upper())


@requires("reader")
async def letters(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(f"for {websocket.user.display_name}")
    await websocket.close()


async def ticker(websocket: WebSocket) -> None:
    """Push from a task of its own, until it finds the client gone."""
    await websocket.accept()

    async def push() -> None:
        try:
            while True:
                await websocket.send_text("tick")
                await asyncio.sleep(0.01)
        finally:
            websocket.state.diary.write(websocket.path_params["name"], "the ticker ended")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(push)


async def plain(scope: Scope, receive: Receive, send: Send) -> None:
    """An application of its own, below a mount, in plain ASGI."""
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": f"{scope['root_path']} {scope['path']}"})
    await send({"type": "websocket.close", "code": 3999, "reason": "plain"})


app = Starlette(
    lifespan=lifespan,
    exception_handlers={404: not_found},
    middleware=[Middleware(AuthenticationMiddleware, backend=Tokens())],
    routes=[
        Route("/articles/{slug}", Article, name="article", middleware=[Middleware(Stamp)]),
        Route("/private", private),
        Route("/events/{name}", events),
        Route("/wait/{name}", wait, methods=["POST"]),
        Route("/start/{name}", start, methods=["POST"]),
        Route("/moved", moved),
        Route("/diary/{name:path}", write_diary, methods=["POST"]),
        Route("/diary/{name:path}", read_diary),
        WebSocketRoute("/ws/sum/{name}", Calculator),
        WebSocketRoute("/ws/shout", Shout),
        WebSocketRoute("/ws/letters", letters),
        WebSocketRoute("/ws/ticker/{name}", ticker),
        Mount("/plain", plain),
        Mount("/static", StaticFiles(directory=Path(__file__).parent)),
    ],
)
