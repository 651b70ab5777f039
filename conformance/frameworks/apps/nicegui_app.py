"""A NiceGUI page below a FastAPI application."""

# NiceGUI is not installed where the types are checked.
# mypy: allow-untyped-decorators

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fastapi import FastAPI
from nicegui import app as pages
from nicegui import ui
from nicegui.storage import Storage

app = FastAPI()
kept = TemporaryDirectory(prefix="wsgate-nicegui-")
Storage.path = Path(kept.name)
board: dict[str, Any] = {"clicks": 0}


@app.get("/clicks")
async def clicks() -> int:
    """What the server has counted, all pages together."""
    return int(board["clicks"])


@ui.page("/board")
async def page() -> None:
    """Count clicks for all, greet whom it is told, tick by itself, and take files."""

    def click() -> None:
        board["clicks"] += 1

    async def greet() -> None:
        pages.storage.user["name"] = name.value
        ui.notify(f"Hello {name.value}!")
        width = await ui.run_javascript("return window.innerWidth")
        answer.text = f"a window of {width}"

    async def take(event: Any) -> None:
        data = await event.file.read()
        taken.text = f"{event.file.name}: {len(data)} bytes"

    def tick() -> None:
        ticks.text = str(int(ticks.text) + 1)

    ui.page_title("The board")
    ui.label("A board for all")
    ui.button("Click", on_click=click).props("id=click")
    ui.label().bind_text_from(board, "clicks", lambda count: f"{count} clicks").props("id=clicks")
    name = ui.input("Name", value=pages.storage.user.get("name", "")).props("for=name")
    ui.button("Greet", on_click=greet).props("id=greet")
    ui.label().bind_text_from(name, "value", lambda text: f"You are {text}").props("id=mirror")
    answer = ui.label("not asked").props("id=answer")
    ticks = ui.label("0").props("id=ticks")
    ui.timer(0.1, tick)
    ui.upload(on_upload=take, auto_upload=True).props("id=upload")
    taken = ui.label("no file").props("id=taken")


ui.run_with(app, storage_secret="a secret")
