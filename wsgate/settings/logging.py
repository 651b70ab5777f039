"""What is logged, and how."""

from dataclasses import dataclass, field
from typing import Any, Literal

from wsgate.conversions import not_empty, parameter_names
from wsgate.options import option

GROUP = "Logging"


@dataclass(frozen=True, kw_only=True)
class LoggingSettings:
    """What is logged, and how."""

    log_level: Literal["critical", "error", "warning", "info", "debug", "trace"] = field(
        default="info", metadata=option(GROUP, "What is logged, and all above it.")
    )
    log_format: Literal["text", "json"] = field(
        default="text", metadata=option(GROUP, "Lines as text, or each as a JSON object.")
    )
    log_config: str | dict[str, Any] | None = field(
        default=None,
        metadata=option(
            GROUP, "Configuration of logging: a .json, .yaml or .ini file.", convert=not_empty
        ),
    )
    error_log_file: str | None = field(
        default=None,
        metadata=option(
            GROUP,
            "File for the server's own log; SIGUSR1 opens it anew.",
            unset="stderr",
            convert=not_empty,
        ),
    )
    access_log: bool = field(default=True, metadata=option(GROUP, "Log requests and websockets."))
    access_log_file: str | None = field(
        default=None,
        metadata=option(
            GROUP,
            "File for the access log; SIGUSR1 opens it anew.",
            unset="stdout",
            convert=not_empty,
        ),
    )
    log_redact: tuple[str, ...] = field(
        default=("token", "access_token", "key", "password", "secret", "signature"),
        metadata=option(
            GROUP,
            "Names of query parameters whose values are not logged, in place of the default; "
            "may be repeated.",
            repeatable=True,
            separator=",",
            convert=parameter_names,
        ),
    )
    log_repeats: int = field(
        default=10,
        metadata=option(
            GROUP,
            "Most lines in ten seconds about what one client address does wrong, of a kind; how "
            "many more there were is said then; 0 is no limit.",
            unit="lines",
            minimum=0,
        ),
    )
    use_colors: bool | None = field(
        default=None, metadata=option(GROUP, "Colours in the log.", unset="on at a terminal")
    )
