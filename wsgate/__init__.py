"""wsgate: the ASGI server that treats the WebSocket as its first citizen."""

from typing import TYPE_CHECKING, Any

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
    from wsgate.server import run as serve

    if exit_code := serve(Config(app=app, **options)):
        raise SystemExit(exit_code)
