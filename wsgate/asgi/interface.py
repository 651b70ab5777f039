"""ASGI 3 and ASGI 2 applications behind one callable."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from wsgate.asgi.types import Application, Receive, Scope, Send


def adapt(application: Callable[..., Any], interface: str) -> Application:
    """Give an ASGI 3 callable; interface: auto, asgi3 or asgi2 (a callable of a callable)."""
    if interface == "asgi2" or (interface == "auto" and is_asgi2(application)):
        return adapt_asgi2(application)
    return application


def is_asgi2(application: Callable[..., Any]) -> bool:
    """Whether it can be called with a scope alone, and not with scope, receive and send."""
    try:
        signature = inspect.signature(application)
    except (TypeError, ValueError):
        return False
    return _takes(signature, 1) and not _takes(signature, 3)


def _takes(signature: inspect.Signature, count: int) -> bool:
    try:
        signature.bind(*range(count))
    except TypeError:
        return False
    return True


def adapt_asgi2(application: Callable[..., Any]) -> Application:
    """Call `application(scope)(receive, send)` (ASGI 2.0)."""

    async def asgi3(scope: Scope, receive: Receive, send: Send) -> None:
        await application(scope)(receive, send)

    return asgi3
