"""The exceptions that leave wsgate.

Exception
 +-- StartupError            the server cannot start; the command prints it and exits
 |    +-- ConfigError        an option has no such value (a ValueError too)
 |    +-- ApplicationNotFound  module:attribute leads nowhere
 |    +-- ApplicationFailed    the application's own code raised; the cause says where
 +-- OSError
      +-- Disconnected       send() to a peer that is gone
"""

from collections.abc import Iterable
from difflib import get_close_matches


class StartupError(Exception):
    """The server cannot start. The message is one sentence that names the option and the mend."""

    exit_code: int = 1


class ConfigError(StartupError, ValueError):
    """An option holds a value that it cannot have."""

    exit_code = 2


class ApplicationNotFound(StartupError):  # noqa: N818
    """The text that names the application is malformed, or no such module or attribute exists."""


class ApplicationFailed(StartupError):  # noqa: N818
    """The application's code was found and raised while it was loaded.

    ``__cause__`` is what it raised; the command prints its traceback before the sentence.
    """


class Disconnected(OSError):  # noqa: N818
    """The peer is gone: what the application gets from ``send()`` (ASGI specification, send)."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown name: the nearest known one, where one is near."""
    close = get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""
