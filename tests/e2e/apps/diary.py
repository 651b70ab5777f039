"""What happened in an application, for a test that asks over HTTP."""

import asyncio
from typing import Any


class Diary:
    """Entries by name, each written once; who reads early waits."""

    def __init__(self) -> None:
        self._pages: dict[str, asyncio.Future[Any]] = {}

    def write(self, name: str, entry: Any) -> None:
        self._page(name).set_result(entry)

    async def read(self, name: str) -> Any:
        return await asyncio.shield(self._page(name))

    def _page(self, name: str) -> "asyncio.Future[Any]":
        return self._pages.setdefault(name, asyncio.get_running_loop().create_future())
