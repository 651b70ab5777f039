"""What is logged, and how."""

from dataclasses import dataclass, field
from typing import Any, Literal

from wsgate.options import not_empty, option

GROUP = "Logging"


@dataclass(frozen=True, kw_only=True)
class LoggingSettings:
    """What is logged, and how."""

    log_level: Literal["critical", "error", "warning", "info", "debug", "trace"] = field(
        default="info", metadata=option(GROUP, "What is logged, and all above it.")
    )
    log_config: str | dict[str, Any] | None = field(
        default=None,
        metadata=option(
            GROUP, "Configuration of logging: a .json, .yaml or .ini file.", convert=not_empty
        ),
    )
    access_log: bool = field(default=True, metadata=option(GROUP, "Log requests and websockets."))
    use_colors: bool | None = field(
        default=None, metadata=option(GROUP, "Colours in the log.", unset="on at a terminal")
    )
