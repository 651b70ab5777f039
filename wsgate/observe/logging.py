"""Sets up logging: two streams, uvicorn's format, or the user's own configuration.

"wsgate.error" is the server's own log and goes to stderr through its parent "wsgate";
"wsgate.access" goes to stdout. The root logger belongs to the application and is left alone.
"""

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

TRACE = 5
"""The level below DEBUG, named TRACE."""

FORMAT = "%(levelprefix)s %(message)s"

_PREFIX_WIDTH = len("CRITICAL:")
_COLORS = {
    TRACE: "\x1b[34m",
    logging.DEBUG: "\x1b[36m",
    logging.INFO: "\x1b[32m",
    logging.WARNING: "\x1b[33m",
    logging.ERROR: "\x1b[31m",
    logging.CRITICAL: "\x1b[91m",
}
_RESET = "\x1b[0m"


class LevelFormatter(logging.Formatter):
    """Gives a format ``%(levelprefix)s``: the level, a colon, and spaces up to one width.

    Takes what `logging.Formatter` takes, and `use_colors`, which colours the level's name.
    """

    def __init__(self, *args: Any, use_colors: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._colors = _COLORS if use_colors else {}

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """Format the record's first line."""
        prefix = f"{record.levelname}:".ljust(_PREFIX_WIDTH)
        color = self._colors.get(record.levelno)
        if color is not None:
            prefix = prefix.replace(record.levelname, f"{color}{record.levelname}{_RESET}", 1)
        record.levelprefix = prefix
        return super().formatMessage(record)


def configure_logging(config: Config) -> None:
    """Set up the loggers "wsgate" and "wsgate.access", in place of what they had before.

    With `log_config`, that alone counts: level and colours are its own. Raises StartupError where
    it cannot be read or applied.
    """
    logging.addLevelName(TRACE, "TRACE")
    if config.log_config is not None:
        _apply(config.log_config)
        return
    for name, stream in (("wsgate", sys.stderr), ("wsgate.access", sys.stdout)):
        handler = logging.StreamHandler(stream)
        colors = _wants_colors(stream) if config.use_colors is None else config.use_colors
        handler.setFormatter(LevelFormatter(FORMAT, use_colors=colors))
        logger = logging.getLogger(name)
        for old in logger.handlers[:]:
            logger.removeHandler(old)
        logger.addHandler(handler)
        logger.setLevel(config.log_level.upper())
        logger.propagate = False


def _wants_colors(stream: TextIO | None) -> bool:
    """Colours are for a terminal, unless NO_COLOR is set and not empty (no-color.org)."""
    # Python sets the stream of a closed descriptor to None.
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
