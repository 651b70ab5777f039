"""The websocket routes of the FastAPI application."""

import json
from collections import defaultdict
from typing import Annotated, Any

from fastapi import (
    APIRouter,
    Cookie,
    Depends,
    Header,
    Query,
    WebSocket,
    WebSocketDisconnect,
    WebSocketException,
)
from fastapi.responses import JSONResponse

router = APIRouter(prefix="/ws")
rooms: defaultdict[str, list[WebSocket]] = defaultdict(list)


class OnPurposeError(Exception):
    """Nobody handles it."""


class ClosingTimeError(Exception):
    """Has a handler of its own."""


async def close_for_today(websocket: WebSocket, error: ClosingTimeError) -> None:
    await websocket.close(4000, "we close at six")


@router.websocket("/echo")
async def echo(websocket: WebSocket) -> None:
    offered = websocket.scope["subprotocols"]
    await websocket.accept("chat.v2" if "chat.v2" in offered else None)
    while (message := await websocket.receive())["type"] == "websocket.receive":
        await websocket.send({**message, "type": "websocket.send"})


@router.websocket("/json")
async def echo_json(websocket: WebSocket, mode: str = "text") -> None:
    await websocket.accept()
    async for value in _values(websocket, mode):
        await websocket.send_json({"you said": value}, mode)


async def _values(websocket: WebSocket, mode: str) -> Any:
    try:
        while True:
            yield await websocket.receive_json(mode)
    except WebSocketDisconnect:
        return


def member(session: Annotated[str | None, Cookie()] = None) -> str:
    if session is None:
        raise WebSocketException(1008, "members only")
    return session


@router.websocket("/items/{item_id}")
async def watch_item(
    websocket: WebSocket,
    item_id: int,
    q: str,
    tag: Annotated[list[str], Query()],
    who: Annotated[str, Depends(member)],
    x_token: Annotated[str, Header()],
) -> None:
    await websocket.accept(headers=[(b"x-served-by", b"shop"), (b"set-cookie", b"visit=2")])
    seen = {"item_id": item_id, "q": q, "tag": tag, "who": who, "x_token": x_token}
    await websocket.send_json({**seen, "greeting": websocket.state.greeting})
    await websocket.close()


@router.websocket("/cookies")
async def cookies(websocket: WebSocket) -> None:
    await websocket.accept(headers=[(b"set-cookie", b"visit=2; Path=/; SameSite=Lax")])
    await websocket.send_text(json.dumps(websocket.cookies))
    await websocket.close()


@router.websocket("/who")
async def who(websocket: WebSocket) -> None:
    await websocket.accept()
    scope = websocket.scope
    headers = [[name.decode(), value.decode()] for name, value in scope["headers"]]
    await websocket.send_json(
        {
            "client": scope["client"],
            "scheme": scope["scheme"],
            "url": str(websocket.url),
            "root_path": scope["root_path"],
            "headers": headers,
        }
    )
    await websocket.close()


@router.websocket("/close")
async def close(websocket: WebSocket, code: int, reason: str = "") -> None:
    await websocket.accept()
    await websocket.close(code, reason)


@router.websocket("/record/{name}")
async def record(websocket: WebSocket, name: str) -> None:
    """Write down how the client ends."""
    await websocket.accept()
    try:
        while True:
            await websocket.send_text(f"noted: {await websocket.receive_text()}")
    except WebSocketDisconnect as end:
        websocket.state.diary.write(name, {"code": end.code, "reason": end.reason})


@router.websocket("/wait/{name}")
async def wait(websocket: WebSocket, name: str) -> None:
    """Stay until somebody writes into the diary."""
    await websocket.accept()
    await websocket.state.diary.read(name)
    await websocket.close(1000, "that was long")


@router.websocket("/push")
async def push(websocket: WebSocket, count: int) -> None:
    await websocket.accept()
    for number in range(count):
        await websocket.send_text(str(number))
    await websocket.close(1000, "that was all")


@router.websocket("/refuse")
async def refuse(websocket: WebSocket) -> None:
    await websocket.close(1008, "not for you")


@router.websocket("/deny")
async def deny(websocket: WebSocket) -> None:
    body = {"detail": "no coffee here"}
    await websocket.send_denial_response(JSONResponse(body, 418, {"x-kind": "teapot"}))


@router.websocket("/broken")
async def broken(websocket: WebSocket, accept: bool) -> None:
    if accept:
        await websocket.accept()
    raise OnPurposeError


@router.websocket("/closing-time")
async def closing_time(websocket: WebSocket) -> None:
    await websocket.accept()
    raise ClosingTimeError


@router.websocket("/policy")
async def policy(websocket: WebSocket) -> None:
    await websocket.accept()
    raise WebSocketException(1008, "against the rules")


@router.websocket("/rooms/{name}")
async def room(websocket: WebSocket, name: str, who: str) -> None:
    """Pass on what anybody says to all who are in the room."""
    here = rooms[name]
    await websocket.accept()
    here.append(websocket)
    await _tell(here, f"{who} came")
    try:
        while True:
            await _tell(here, f"{who}: {await websocket.receive_text()}")
    except WebSocketDisconnect as end:
        here.remove(websocket)
        await _tell(here, f"{who} left with {end.code}")


async def _tell(here: list[WebSocket], text: str) -> None:
    for each in here:
        await each.send_text(text)
