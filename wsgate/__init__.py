"""wsgate: the ASGI server that treats the WebSocket as its first citizen."""

import os
from typing import TYPE_CHECKING, Any

if os.environ.get("WSGATE_NO_EXTENSIONS"):
    # The plain modules run though compiled ones stand beside them: in our folders only sources are
    # found, from here on.
    import sys
    from importlib.abc import PathEntryFinder
    from importlib.machinery import SOURCE_SUFFIXES, FileFinder, SourceFileLoader

    _SOURCES_ONLY = FileFinder.path_hook((SourceFileLoader, SOURCE_SUFFIXES))

    def _find_sources(folder: str) -> PathEntryFinder:
        if not folder.startswith(__path__[0]):
            raise ImportError
        return _SOURCES_ONLY(folder)

    sys.path_hooks.insert(0, _find_sources)

from wsgate.config import Config
from wsgate.errors import Disconnected
from wsgate.version import __version__

if TYPE_CHECKING:
    from wsgate.server import Server
else:

    def __getattr__(name: str) -> Any:
        # Server brings asyncio and both parsers; who imports one layer should not pay for all.
        if name == "Server":
            from wsgate.server import Server

            return Server
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["Config", "Disconnected", "Server", "__version__", "run"]


def run(app: Any, **options: Any) -> None:
    """Serve `app` (the application, or "module:attribute") until a signal ends the server.

    `options` are the fields of `Config`. Returns after a clean end. Raises
    `wsgate.errors.ConfigError` for a bad option, another `StartupError` where the server cannot
    start for a reason that one sentence tells, and SystemExit with the exit code where it fails
    otherwise.
    """
    from wsgate.supervisor.run import run as serve

    if exit_code := serve(Config(app=app, **options)):
        raise SystemExit(exit_code)
