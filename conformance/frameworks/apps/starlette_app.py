"""A Starlette application below a stack of middleware, with what tests/e2e's does not use."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException, WebSocketException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.httpsredirect import HTTPSRedirectMiddleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import (
    FileResponse,
    JSONResponse,
    PlainTextResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Host, Mount, Route, Router, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.e2e.apps.diary import Diary

diary = Diary()


class Timing(BaseHTTPMiddleware):
    """Wraps every request; websockets pass it by."""

    async def dispatch(
        self, request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        response = await call_next(request)
        response.headers["x-wrapped"] = request.method
        return response


class NoCoffeeError(Exception):
    """Has a handler that refuses a websocket."""


async def no_coffee(websocket: WebSocket, error: Exception) -> None:
    await websocket.send_denial_response(PlainTextResponse("a teapot", 418))


async def no_page(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return PlainTextResponse(f"no {request.url.path} here: {error.detail}", error.status_code)


async def read_diary(request: Request) -> Response:
    return JSONResponse(await diary.read(request.path_params["name"]))


async def write_diary(request: Request) -> Response:
    diary.write(request.path_params["name"], (await request.body()).decode())
    return Response(status_code=204)


async def count(request: Request) -> Response:
    visits = request.session["visits"] = request.session.get("visits", 0) + 1
    return JSONResponse(visits)


async def log_out(request: Request) -> Response:
    request.session.clear()
    return Response(status_code=204)


async def background(request: Request) -> Response:
    """Answer at once; the work behind it waits for a word from the test."""
    name = request.path_params["name"]

    async def work() -> None:
        diary.write(name, await diary.read(f"{name}-go"))

    return PlainTextResponse("accepted", 202, background=BackgroundTask(work))


async def stream(request: Request) -> Response:
    """Send two pieces through all middleware, the second when it is asked for."""
    name = request.path_params["name"]

    async def pieces() -> AsyncIterator[str]:
        yield "first " * 500
        yield await diary.read(name)

    return StreamingResponse(pieces(), media_type="text/plain")


async def endless(request: Request) -> Response:
    """Stream until the client goes."""
    name = request.path_params["name"]

    async def pieces() -> AsyncIterator[str]:
        try:
            while True:
                yield "more\n"
                await asyncio.sleep(0.01)
        finally:
            diary.write(name, "the stream ended")

    return StreamingResponse(pieces(), headers={"content-encoding": "identity"})


async def file(request: Request) -> Response:
    return FileResponse(__file__, filename="Söüß.py", headers={"content-encoding": "identity"})


async def form(request: Request) -> Response:
    """Take a form of fields and files."""
    seen: dict[str, Any] = {}
    async with request.form() as fields:
        for key, value in fields.multi_items():
            if isinstance(value, UploadFile):
                seen[key] = [value.filename, value.content_type, len(await value.read())]
            else:
                seen[key] = value
    return JSONResponse(seen)


async def take(request: Request) -> Response:
    """Take a body that never comes whole."""
    name = request.path_params["name"]
    try:
        async for piece in request.stream():
            if piece:
                diary.write(f"{name}-first", len(piece))
    except ClientDisconnect:
        diary.write(name, "the client went")
    return Response()


async def gone(request: Request) -> Response:
    raise HTTPException(410, "gone for good")


async def session(websocket: WebSocket) -> None:
    """Tell what the HTTP side put into the session."""
    await websocket.accept()
    await websocket.send_json(websocket.session)
    await websocket.close()


async def numbers(websocket: WebSocket) -> None:
    """Sum up what comes, by Starlette's iterator, and write down what it came to."""
    await websocket.accept()
    total = 0
    async for value in websocket.iter_json():
        total += value
        await websocket.send_json(total)
    diary.write(websocket.path_params["name"], total)


async def last_words(websocket: WebSocket) -> None:
    """Send to a client that has left."""
    await websocket.accept()
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass
    try:
        await websocket.send_text("anybody?")
    except (WebSocketDisconnect, RuntimeError) as error:
        diary.write(websocket.path_params["name"], type(error).__name__)


async def policy(websocket: WebSocket) -> None:
    if websocket.query_params["when"] == "after":
        await websocket.accept()
    raise WebSocketException(4001, "against the rules")


async def coffee(websocket: WebSocket) -> None:
    raise NoCoffeeError


async def menu(websocket: WebSocket) -> None:
    """Refuse with a streamed page."""

    async def pieces() -> AsyncIterator[str]:
        for piece in ("pay ", "first"):
            yield piece

    headers = {"x-price": "5"}
    await websocket.send_denial_response(StreamingResponse(pieces(), 402, headers))


async def accept_with_cookies(websocket: WebSocket) -> None:
    fields = [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"), (b"x-kind", b"tea")]
    await websocket.accept("chat", fields)
    await websocket.close(3000, "bye")


async def where(websocket: WebSocket) -> None:
    await websocket.accept()
    url = str(websocket.url_for("inner:deep", tenant="a", room="next"))
    await websocket.send_json({"params": websocket.path_params, "url": url})
    await websocket.close()


inner = Router([WebSocketRoute("/rooms/{room}", where, name="deep")])
strict = Starlette(
    routes=[WebSocketRoute("/ws", accept_with_cookies)],
    middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["trusted.example"])],
)
secure = Starlette(
    routes=[WebSocketRoute("/ws", accept_with_cookies)],
    middleware=[Middleware(HTTPSRedirectMiddleware)],
)

app = Starlette(
    exception_handlers={NoCoffeeError: no_coffee, HTTPException: no_page},
    middleware=[
        Middleware(CORSMiddleware, allow_origins=["https://a.example"], expose_headers=["x-a"]),
        Middleware(Timing),
        Middleware(SessionMiddleware, secret_key="a secret", max_age=60),
        Middleware(GZipMiddleware, minimum_size=1000),
    ],
    routes=[
        Host("api.example", Router([Route("/file", count)])),
        Route("/diary/{name}", read_diary, methods=["GET"]),
        Route("/diary/{name}", write_diary, methods=["POST"]),
        Route("/count", count),
        Route("/log-out", log_out, methods=["POST"]),
        Route("/background/{name}", background, methods=["POST"]),
        Route("/stream/{name}", stream),
        Route("/endless/{name}", endless),
        Route("/file", file),
        Route("/form", form, methods=["POST"]),
        Route("/take/{name}", take, methods=["PUT"]),
        Route("/gone", gone),
        WebSocketRoute("/ws/session", session),
        WebSocketRoute("/ws/numbers/{name}", numbers),
        WebSocketRoute("/ws/last-words/{name}", last_words),
        WebSocketRoute("/ws/policy", policy),
        WebSocketRoute("/ws/coffee", coffee),
        WebSocketRoute("/ws/menu", menu),
        WebSocketRoute("/ws/accept", accept_with_cookies),
        Mount("/tenants/{tenant}", inner, name="inner"),
        Mount("/strict", strict),
        Mount("/secure", secure),
    ],
)
