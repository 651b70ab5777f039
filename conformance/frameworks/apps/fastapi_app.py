"""A FastAPI application: dependencies of websockets, and what tests/e2e's does not use."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any

from fastapi import (
    APIRouter,
    BackgroundTasks,
    Depends,
    FastAPI,
    File,
    Form,
    Request,
    Response,
    Security,
    UploadFile,
    WebSocket,
    WebSocketDisconnect,
    WebSocketException,
)
from fastapi.exceptions import WebSocketRequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from fastapi.security import SecurityScopes
from pydantic import BaseModel, ValidationError

from tests.e2e.apps.diary import Diary

diary = Diary()
app = FastAPI()


class OnPurposeError(Exception):
    """Nobody handles it."""


class Order(BaseModel):
    """What a client sends over its websocket."""

    item: str
    count: int = 1


@app.middleware("http")
async def stamp(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await call_next(request)
    response.headers["x-stamp"] = "here"
    return response


@app.exception_handler(WebSocketRequestValidationError)
async def explain(websocket: WebSocket, error: WebSocketRequestValidationError) -> None:
    wrong = [each["loc"] for each in error.errors()]
    await websocket.send_denial_response(JSONResponse({"wrong": wrong}, 422))


@app.get("/diary/{name}")
async def read_diary(name: str) -> Any:
    return await diary.read(name)


@app.post("/diary/{name}", status_code=204)
async def write_diary(name: str, request: Request) -> None:
    diary.write(name, (await request.body()).decode())


@app.post("/upload")
async def upload(
    title: Annotated[str, Form()],
    files: list[UploadFile],
    raw: Annotated[bytes, File()],
    tags: Annotated[list[str], Form()],
) -> dict[str, Any]:
    sizes = {each.filename: len(await each.read()) for each in files}
    return {"title": title, "files": sizes, "raw": len(raw), "tags": tags}


@app.post("/tasks/{name}", status_code=202)
async def tasks(name: str, background: BackgroundTasks) -> None:
    """Start two, the second waits for the first, and the first for the test."""

    async def first() -> None:
        diary.write(f"{name}-1", await diary.read(f"{name}-go"))

    def second() -> None:
        order.append(name)

    async def third() -> None:
        diary.write(f"{name}-3", order.count(name))

    order: list[str] = []
    background.add_task(first)
    background.add_task(second)
    background.add_task(third)


@app.get("/thread")
def thread() -> PlainTextResponse:
    """Run outside the event loop."""
    return PlainTextResponse("x" * 1_000_000)


async def table(name: str) -> AsyncIterator[str]:
    """Something that is to be given back, however the websocket ends."""
    diary.write(f"{name}-taken", True)
    try:
        yield "table 4"
    except OnPurposeError:
        diary.write(f"{name}-seen", "the exception")
        raise
    finally:
        diary.write(f"{name}-returned", True)


async def roles(websocket: WebSocket, scopes: SecurityScopes) -> list[str]:
    has = websocket.headers.get("x-roles", "").split()
    if not set(scopes.scopes) <= set(has):
        raise WebSocketException(1008, "not your role")
    return has


class Pager:
    """A dependency that is an object."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __call__(self, page: int = 1) -> range:
        return range((page - 1) * self.size, page * self.size)


@app.websocket("/ws/tables/{name}")
async def tables(websocket: WebSocket, name: str, held: Annotated[str, Depends(table)]) -> None:
    await websocket.accept()
    await websocket.send_text(held)
    async for said in websocket.iter_text():
        if said == "break":
            raise OnPurposeError


@app.websocket("/ws/pages")
async def pages(websocket: WebSocket, page: Annotated[range, Depends(Pager(3))]) -> None:
    await websocket.accept()
    await websocket.send_json(list(page))
    await websocket.close()


@app.websocket("/ws/orders")
async def orders(websocket: WebSocket) -> None:
    """Take orders; a wrong one is explained and ends it."""
    await websocket.accept()
    try:
        while True:
            order = Order.model_validate_json(await websocket.receive_text())
            await websocket.send_text(order.model_dump_json())
    except ValidationError as error:
        await websocket.close(1007, f"{error.error_count()} mistakes")


@app.websocket("/ws/gone/{name}")
async def gone(websocket: WebSocket, name: str) -> None:
    """Send until the client is known to be gone."""
    await websocket.accept()
    try:
        while True:
            await websocket.send_text("x" * 1000)
    except WebSocketDisconnect as end:
        diary.write(name, end.code)


staff = APIRouter(prefix="/staff", dependencies=[Security(roles, scopes=["staff"])])


@staff.websocket("/ws")
async def staff_room(
    websocket: WebSocket, has: Annotated[list[str], Security(roles, scopes=["staff"])]
) -> None:
    await websocket.accept()
    await websocket.send_json(has)
    await websocket.close()


app.include_router(staff)
