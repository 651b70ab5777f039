"""Finds the application that the configuration names, as ``module:attribute`` or itself."""

import importlib
import pkgutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from wsgate.config import Config
from wsgate.errors import ApplicationFailed, ApplicationNotFound, did_you_mean

_EXPECTED = "expected module:attribute, for example main:app"


def application_of(config: Config) -> Callable[..., Any]:
    """Give the application that the configuration names; raises ApplicationNotFound."""
    application = config.app
    if isinstance(application, str):
        application = load_application(application, config.app_dir)
    if config.factory:
        application = _made_by(application)
    if not callable(application):
        raise ApplicationNotFound(
            f"APP {config.app!r} is of type {type(application).__name__}: name an ASGI "
            "application, or give --factory where it is a function that makes one"
        )
    return application


def _made_by(factory: Callable[[], Callable[..., Any]]) -> Callable[..., Any]:
    """Call a factory; raises ApplicationFailed where it raises."""
    try:
        return factory()
    except Exception as error:
        raise ApplicationFailed(f"the factory of APP raised {type(error).__name__}") from error


def load_application(spec: str, app_dir: str) -> Any:
    """What `spec`, ``module:attribute`` (both may be dotted), names; `app_dir` is searched first.

    Raises ApplicationNotFound with a sentence where there is no such module or attribute, and
    ApplicationFailed where the module raises, with what it raised as the cause.
    """
    module_name, attributes = _parse(spec)
    directory = Path(app_dir).resolve()
    if not directory.is_dir():
        raise ApplicationNotFound(f"--app-dir {app_dir} is no directory")
    if sys.path[:1] != [str(directory)]:
        sys.path.insert(0, str(directory))
    found: Any = _import(module_name, directory)
    path = f"module {module_name}"
    for attribute in attributes:
        try:
            found = getattr(found, attribute)
        except AttributeError:
            mend = did_you_mean(attribute, dir(found))
            raise ApplicationNotFound(f"{path} has no attribute {attribute}{mend}") from None
        path = f"{path}.{attribute}".removeprefix("module ")
    return found


def _parse(spec: str) -> tuple[str, list[str]]:
    module_name, _, attribute = spec.partition(":")
    if module_name.endswith(".py"):
        raise ApplicationNotFound(f"{spec!r} names a file; {_EXPECTED}")
    attributes = attribute.split(".")
    if not all(part.isidentifier() for part in (*module_name.split("."), *attributes)):
        raise ApplicationNotFound(f"{spec!r} names no application; {_EXPECTED}")
    return module_name, attributes


def _import(name: str, directory: Path) -> ModuleType:
    try:
        return importlib.import_module(name)
    except Exception as error:
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        if missing is not None and f"{name}.".startswith(f"{missing}."):
            parent, _, last = missing.rpartition(".")
            path = getattr(sys.modules.get(parent), "__path__", []) if parent else [str(directory)]
            mend = did_you_mean(last, (module.name for module in pkgutil.iter_modules(path)))
            raise ApplicationNotFound(
                f"there is no module {missing} in {directory} (--app-dir) or on sys.path{mend}"
            ) from None
        raise ApplicationFailed(
            f"module {name} cannot be imported: {type(error).__name__}: {error}"
        ) from error.with_traceback(_own_part(error.__traceback__))


def _own_part(traceback: TracebackType | None) -> TracebackType | None:
    """The traceback without the frames of the import itself; None where no module ran."""
    importing = (__file__, importlib.__file__)
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if file not in importing and not file.startswith("<frozen importlib"):
            break
        traceback = traceback.tb_next
    return traceback
