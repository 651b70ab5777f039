"""Sets up logging: two streams or files, text or JSON, or the user's own configuration.

"wsgate.error" is the server's own log and goes to stderr through its parent "wsgate";
"wsgate.access" goes to stdout. The root logger belongs to the application and is left alone.
"""

import io
import json
import logging
import logging.config
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from wsgate.config import Config
from wsgate.errors import StartupError
from wsgate.observe.formatters import FORMAT, TRACE, JsonFormatter, LevelFormatter
from wsgate.observe.line_handler import LineHandler

_LOGGERS = ("wsgate", "wsgate.access")


def configure_logging(config: Config) -> None:
    """Set up the loggers "wsgate" and "wsgate.access", in place of what they had before.

    With `log_config`, that alone counts: level and colours are its own. Raises StartupError where
    it cannot be read or applied, or a file cannot be opened.
    """
    logging.addLevelName(TRACE, "TRACE")
    if config.log_config is not None:
        _apply(config.log_config)
        return
    for name, stream, path, flag in (
        ("wsgate", sys.stderr, config.error_log_file, "--error-log-file"),
        ("wsgate.access", sys.stdout, config.access_log_file, "--access-log-file"),
    ):
        try:
            handler = _handler(stream if path is None else path)
        except OSError as error:
            raise StartupError(f"{flag} cannot open {path} ({error.strerror})") from error
        handler.setFormatter(_formatter(config, stream if path is None else None))
        logger = logging.getLogger(name)
        for old in logger.handlers[:]:
            logger.removeHandler(old)
            if isinstance(old, LineHandler):
                old.close()
        logger.addHandler(handler)
        logger.setLevel(config.log_level.upper())
        logger.propagate = False


def reopen_log_files() -> None:
    """Go on in new files at the same paths; to be called when they were moved away (SIGUSR1)."""
    for handler in _line_handlers():
        try:
            handler.reopen()
        except OSError as error:
            logging.getLogger("wsgate.error").error(
                "A file of the log cannot be reopened, the old one stays: %s", error
            )


def flush_logs() -> None:
    """Have what waits written, within a bound."""
    for handler in _line_handlers():
        handler.flush()


def _line_handlers() -> list[LineHandler]:
    handlers = [each for name in _LOGGERS for each in logging.getLogger(name).handlers]
    return [each for each in handlers if isinstance(each, LineHandler)]


def _handler(target: TextIO | str | None) -> logging.Handler:
    """Make what writes to a stream, or to the file with this path; raises OSError."""
    # Python sets the stream of a closed descriptor to None.
    if target is None:
        return logging.NullHandler()
    try:
        return LineHandler(target)
    except io.UnsupportedOperation:
        assert not isinstance(target, str)
        return logging.StreamHandler(target)  # in memory: nobody waits for it


def _formatter(config: Config, stream: TextIO | None) -> logging.Formatter:
    if config.log_format == "json":
        return JsonFormatter()
    colors = _wants_colors(stream) if config.use_colors is None else config.use_colors
    return LevelFormatter(FORMAT, use_colors=colors)


def _wants_colors(stream: TextIO | None) -> bool:
    """Colours are for a terminal, unless NO_COLOR is set and not empty (no-color.org)."""
    return stream is not None and stream.isatty() and not os.environ.get("NO_COLOR")


def _apply(source: str | dict[str, Any]) -> None:
    """Hand the user's configuration to `logging.config`."""
    try:
        if isinstance(source, str):
            _apply_file(source)
        else:
            _apply_dict(source)
    except StartupError:
        raise
    except Exception as error:
        # A configuration may name any class and any argument, and so raise anything.
        name = source if isinstance(source, str) else "this dictionary"
        raise StartupError(
            f"--log-config cannot use {name} ({_reason(error)}): give a .json, .yaml or .ini "
            "file in the form of Python's logging.config"
        ) from error


def _apply_file(path: str) -> None:
    load = _LOADERS.get(Path(path).suffix.lower())
    with open(path, encoding="utf-8") as file:
        if load is None:
            logging.config.fileConfig(file, disable_existing_loggers=False)
        else:
            _apply_dict(load(file))


def _apply_dict(settings: dict[str, Any]) -> None:
    # Python's default would silence every logger that exists and is not named, ours among them.
    logging.config.dictConfig({"disable_existing_loggers": False, **settings})


def _load_yaml(file: TextIO) -> Any:
    try:
        import yaml
    except ImportError:
        raise StartupError(
            f"--log-config {file.name} needs PyYAML: pip install wsgate[yaml], "
            "or give a .json or .ini file"
        ) from None
    return yaml.safe_load(file)


_LOADERS: dict[str, Callable[[TextIO], Any]] = {
    ".json": json.load,
    ".yaml": _load_yaml,
    ".yml": _load_yaml,
}
"""By the ending of the file's name; any other is an ini file, as with uvicorn."""


def _reason(error: BaseException) -> str:
    """What went wrong in one line, with the cause that `logging.config` hides behind its own."""
    text = f"{type(error).__name__}: {error}"
    if error.__cause__ is not None:
        text += f", {error.__cause__}"
    return " ".join(text.split())
