"""A FastAPI application: HTTP routes here, websocket routes in fastapi_websockets."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, TypedDict

from fastapi import (
    BackgroundTasks,
    Cookie,
    Depends,
    FastAPI,
    Header,
    HTTPException,
    Query,
    Request,
    Response,
)
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, StreamingResponse
from pydantic import BaseModel

from tests.e2e.apps import fastapi_websockets
from tests.e2e.apps.diary import Diary


class State(TypedDict):
    """What the lifespan gives to every request and websocket."""

    diary: Diary
    greeting: str


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[State]:
    yield {"diary": Diary(), "greeting": "hello from the lifespan"}


def diary_of(request: Request) -> Diary:
    diary: Diary = request.state.diary
    return diary


DiaryOf = Annotated[Diary, Depends(diary_of)]


class Item(BaseModel):
    """An article of a shop."""

    name: str
    price: float
    tags: list[str] = []


class OutOfStockError(Exception):
    """Has a handler of its own."""


app = FastAPI(lifespan=lifespan)
app.add_middleware(GZipMiddleware, minimum_size=1000)
app.add_middleware(
    CORSMiddleware,
    allow_origins=["https://shop.example"],
    allow_methods=["GET", "PUT"],
    allow_credentials=True,
)
app.include_router(fastapi_websockets.router)
app.add_exception_handler(
    fastapi_websockets.ClosingTimeError,
    fastapi_websockets.close_for_today,  # type: ignore[arg-type]
)

sub = FastAPI()
sub.include_router(fastapi_websockets.router)
app.mount("/sub", sub)


@sub.get("/where", name="where")
async def where(request: Request) -> dict[str, Any]:
    return {
        "root_path": request.scope["root_path"],
        "path": request.scope["path"],
        "url": str(request.url_for("where")),
    }


@app.exception_handler(OutOfStockError)
async def out_of_stock(request: Request, error: OutOfStockError) -> JSONResponse:
    return JSONResponse({"sold out": str(error)}, status_code=409)


@app.get("/", response_class=HTMLResponse)
async def page(response: Response) -> str:
    response.set_cookie("visited", "yes")
    response.set_cookie("language", "de")
    return "<!doctype html><title>shop</title><h1 id=greeting>Grüße</h1>"


@app.get("/items/{item_id}")
async def read_item(
    item_id: int,
    q: str,
    tag: Annotated[list[str], Query()],
    x_token: Annotated[str, Header()],
    session: Annotated[str, Cookie()],
) -> dict[str, Any]:
    return {"item_id": item_id, "q": q, "tag": tag, "x_token": x_token, "session": session}


@app.post("/items", status_code=201)
async def create_item(item: Item, response: Response) -> Item:
    response.headers["location"] = f"/items/{item.name}"
    return item


@app.get("/sold-out/{name}")
async def sold_out(name: str) -> None:
    raise OutOfStockError(name)


@app.get("/broken")
async def broken() -> None:
    raise fastapi_websockets.OnPurposeError


def member(x_token: Annotated[str, Header()] = "") -> str:
    if x_token != "secret":
        raise HTTPException(401, "members only", {"WWW-Authenticate": "Bearer"})
    return "a member"


@app.get("/members")
async def members(who: Annotated[str, Depends(member)]) -> dict[str, str]:
    return {"who": who}


async def lease(name: str, diary: DiaryOf) -> AsyncIterator[str]:
    yield "held"
    diary.write(name, "returned")


@app.get("/lease/{name}")
async def take_lease(name: str, state: Annotated[str, Depends(lease)]) -> dict[str, str]:
    return {"lease": state}


@app.get("/greeting")
async def greeting(request: Request) -> str:
    return str(request.state.greeting)


@app.get("/who")
async def who(request: Request) -> dict[str, Any]:
    """Tell what the scope says about who asks, and where."""
    scope = request.scope
    return {
        "client": scope["client"],
        "scheme": scope["scheme"],
        "http_version": scope["http_version"],
        "url": str(request.url),
        "raw_path": scope["raw_path"].decode(),
        "query_string": scope["query_string"].decode(),
        "headers": [[name.decode(), value.decode()] for name, value in scope["headers"]],
    }


@app.get("/files/{path:path}")
async def files(path: str, request: Request) -> dict[str, str]:
    return {"path": path, "raw_path": request.scope["raw_path"].decode()}


@app.get("/stream/{name}")
async def stream(name: str, diary: DiaryOf) -> StreamingResponse:
    async def pieces() -> AsyncIterator[str]:
        yield "first\n"
        yield await diary.read(f"{name}/second")

    return StreamingResponse(pieces(), headers={"X-Accel-Buffering": "no"})


@app.get("/feed/{name}")
async def feed(name: str, diary: DiaryOf) -> StreamingResponse:
    """Send the time until the client goes."""

    async def events() -> AsyncIterator[str]:
        try:
            while True:
                yield f"data: {time.time()}\n\n"
                await asyncio.sleep(0.02)
        finally:
            diary.write(name, "the client went")

    headers = {"X-Accel-Buffering": "no"}
    return StreamingResponse(events(), media_type="text/event-stream", headers=headers)


@app.put("/upload")
async def upload(request: Request) -> dict[str, Any]:
    digest, size = hashlib.sha256(), 0
    async for piece in request.stream():
        digest.update(piece)
        size += len(piece)
    return {"size": size, "sha256": digest.hexdigest()}


@app.get("/download/{pieces}")
async def download(pieces: int) -> StreamingResponse:
    """Send so many pieces of 64 KiB, each full of its own number."""
    return StreamingResponse(
        (bytes([number % 256]) * 65_536 for number in range(pieces)),
        media_type="application/octet-stream",
    )


@app.get("/source")
async def source() -> FileResponse:
    return FileResponse(__file__, media_type="text/plain")


@app.get("/large")
async def large() -> list[int]:
    return list(range(10_000))


@app.delete("/items/{item_id}", status_code=204)
async def delete_item(item_id: int) -> None:
    """Answer without a body."""


@app.post("/notify/{name}", status_code=202)
async def notify(name: str, tasks: BackgroundTasks, diary: DiaryOf) -> dict[str, str]:
    async def send() -> None:
        diary.write(name, "sent in the background")

    tasks.add_task(send)
    return {"status": "accepted"}


@app.post("/diary/{name:path}", status_code=204)
async def write_diary(name: str, request: Request, diary: DiaryOf) -> None:
    diary.write(name, (await request.body()).decode())


@app.get("/diary/{name:path}")
async def read_diary(name: str, diary: DiaryOf) -> Any:
    return await diary.read(name)
