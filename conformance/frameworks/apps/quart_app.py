"""A Quart application: websocket routes, streams, background tasks."""

# Quart is not installed where the types are checked.
# mypy: allow-untyped-decorators

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from quart import (
    Blueprint,
    Quart,
    Response,
    abort,
    current_app,
    jsonify,
    make_response,
    request,
    send_file,
    session,
    websocket,
)

from tests.e2e.apps.diary import Diary

diary = Diary()
app = Quart(__name__)
app.secret_key = "a secret"
app.config["MAX_CONTENT_LENGTH"] = 1 << 20
rooms: dict[str, set["asyncio.Queue[str]"]] = {}


class MishapError(Exception):
    """Nobody handles it; Quart logs it itself, and the server never sees it."""


@app.while_serving
async def serving() -> AsyncIterator[None]:
    app.greeting = "hello from the lifespan"
    yield


@app.errorhandler(404)
async def not_found(error: Exception) -> tuple[str, int]:
    """Say it of a request and of a websocket alike."""
    return "no such page", 404


@app.after_request
async def stamp(response: Response) -> Response:
    response.headers["x-stamp"] = request.method
    return response


@app.get("/diary/<name>")
async def read_diary(name: str) -> Response:
    return jsonify(await diary.read(name))


@app.post("/diary/<name>")
async def write_diary(name: str) -> tuple[str, int]:
    diary.write(name, (await request.get_data()).decode())
    return "", 204


@app.get("/greeting")
async def greeting() -> str:
    return str(current_app.greeting)


@app.route("/mirror/<path:path>", methods=["GET", "POST"])
async def mirror(path: str) -> dict[str, Any]:
    return {
        "path": path,
        "args": request.args.getlist("a"),
        "json": await request.get_json(silent=True),
        "cookies": dict(request.cookies),
        "client": request.remote_addr,
        "url": request.url,
    }


@app.get("/visits")
async def visits() -> str:
    session["visits"] = session.get("visits", 0) + 1
    return str(session["visits"])


@app.post("/form")
async def form() -> dict[str, Any]:
    fields, files = await request.form, await request.files
    return {**fields, **{name: [each.filename, len(each.read())] for name, each in files.items()}}


@app.put("/take")
async def take() -> str:
    """Take a body piece by piece."""
    size = 0
    async for piece in request.body:
        size += len(piece)
    return str(size)


@app.get("/stream/<name>")
async def stream(name: str) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"first\n"
        yield (await diary.read(name)).encode()

    response = await make_response(pieces())
    response.timeout = None
    return response


@app.get("/endless/<name>")
async def endless(name: str) -> Response:
    """Send events until the client goes."""

    async def events() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"data: more\n\n"
                await asyncio.sleep(0.01)
        finally:
            diary.write(name, "the client went")

    return Response(events(), content_type="text/event-stream")


@app.get("/source")
async def source() -> Response:
    return await send_file(__file__, mimetype="text/plain", conditional=True)


@app.post("/tasks/<name>")
async def tasks(name: str) -> tuple[str, int]:
    async def work() -> None:
        diary.write(name, await diary.read(f"{name}-go"))

    app.add_background_task(work)
    return "accepted", 202


@app.get("/thread")
def thread() -> str:
    """Run outside the event loop."""
    return "from a thread"


sockets = Blueprint("sockets", __name__, url_prefix="/ws")


@sockets.before_websocket
async def check() -> tuple[str, int, dict[str, str]] | None:
    if websocket.args.get("token", "secret") != "secret":
        return "wrong token", 401, {"www-authenticate": "Token"}
    return None


@sockets.websocket("/echo")
async def echo() -> None:
    while True:
        await websocket.send(await websocket.receive())


@sockets.websocket("/json/<int:factor>")
async def numbers(factor: int) -> None:
    while True:
        value = await websocket.receive_json()
        await websocket.send_json({"times": value * factor, "a": websocket.args.getlist("a")})


@sockets.websocket("/accept")
async def accept() -> None:
    """Agree on the last subprotocol offered, with fields of its own."""
    chosen = websocket.requested_subprotocols[-1]
    await websocket.accept({"x-kind": "tea", "set-cookie": "a=1"}, chosen)
    await websocket.send(websocket.headers["user-agent"].split("/")[0])
    await websocket.close(3210, "das wär's")


@sockets.websocket("/abort/<int:status>")
async def refuse(status: int) -> None:
    abort(status)


@sockets.websocket("/respond")
async def respond() -> Response:
    """Refuse with a response."""
    response = await make_response({"detail": "full"}, 503)
    response.headers["retry-after"] = "7"
    return response


@sockets.websocket("/record/<name>")
async def record(name: str) -> None:
    """Write down that the client went, by the cancellation."""
    await websocket.accept()
    await websocket.send("ready")
    try:
        while True:
            await websocket.receive()
    except asyncio.CancelledError:
        diary.write(name, "cancelled")
        raise


@sockets.websocket("/fail")
async def fail() -> None:
    if websocket.args.get("accept"):
        await websocket.accept()
    raise MishapError


@sockets.websocket("/return")
async def end() -> None:
    await websocket.accept()


@sockets.websocket("/rooms/<name>")
async def room(name: str) -> None:
    """Listen and tell at the same time, in two tasks."""
    queue: asyncio.Queue[str] = asyncio.Queue()
    here = rooms.setdefault(name, set())
    here.add(queue)

    async def listen() -> None:
        while True:
            text = await websocket.receive()
            for each in here:
                each.put_nowait(text)

    async def tell() -> None:
        await websocket.send(f"{len(here)} here")
        while True:
            await websocket.send(await queue.get())

    try:
        await asyncio.gather(listen(), tell())
    finally:
        here.remove(queue)
        if not here:
            diary.write(name, "everybody left")


app.register_blueprint(sockets)
