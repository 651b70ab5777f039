"""What is served."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from wsgate.conversions import application, mount_path, not_empty
from wsgate.options import option

GROUP = "Application"


@dataclass(frozen=True, kw_only=True)
class ApplicationSettings:
    """What is served."""

    app: str | Callable[..., Any] = field(
        metadata=option(
            GROUP,
            "The application: module:attribute, for example main:app.",
            unset="required",
            positional=True,
            convert=application,
        )
    )
    lifespan: Literal["auto", "on", "off"] = field(
        default="auto",
        metadata=option(
            GROUP, "Lifespan of the application; auto goes on where it is not supported."
        ),
    )
    interface: Literal["auto", "asgi3", "asgi2"] = field(
        default="auto", metadata=option(GROUP, "Version of the ASGI interface.")
    )
    factory: bool = field(
        default=False,
        metadata=option(GROUP, "APP is a function without arguments that makes the application."),
    )
    app_dir: str = field(
        default=".",
        metadata=option(GROUP, "Directory where APP is looked for first.", convert=not_empty),
    )
    root_path: str = field(
        default="",
        metadata=option(
            GROUP,
            "Path under which a proxy serves the application, for example /api.",
            convert=mount_path,
        ),
    )
