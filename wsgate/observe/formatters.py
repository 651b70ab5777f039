"""What a line of the log looks like: as uvicorn writes it, or JSON."""

import json
import logging
from datetime import datetime, timezone
from typing import Any

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


class JsonFormatter(logging.Formatter):
    """Makes each record one JSON object in one line of ASCII.

    Keys: time (RFC 3339, UTC, milliseconds), level, logger, process (its number), message; those
    of a record whose arguments are one mapping, as in the access log; exception, where there is
    one, with its traceback.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        time = datetime.fromtimestamp(record.created, timezone.utc)
        entry: dict[str, Any] = {
            "time": time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
        }
        if isinstance(record.args, dict):
            entry = {**entry, **record.args, **entry}  # ours first, and not to be replaced
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, default=str)
