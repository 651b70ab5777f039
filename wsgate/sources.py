"""Where settings come from: a file, the environment, the command line, the later ones stronger.

The file is the one that is named, else ``wsgate.toml`` or a ``pyproject.toml`` with a table
``[tool.wsgate]`` in the working directory (`wsgate.tables` reads what is in it).
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

from wsgate.config import OPTIONS, Config
from wsgate.errors import ConfigError, did_you_mean
from wsgate.options import ENVIRONMENT_PREFIX, Option
from wsgate.tables import ROUTES, parse_routes, parse_table

FILE = "wsgate.toml"
PYPROJECT = "pyproject.toml"
COMMAND_LINE = "command line"

# What says where to listen, and the kind of each: one excludes the others.
_WHERE = {"host": "tcp", "port": "tcp", "uds": "uds", "fd": "fd", "bind": "bind"}
_OTHER_VARIABLES = {"WSGATE_CONFIG", "WSGATE_ENV_FILE", "WSGATE_NO_EXTENSIONS"}
_TABLE = "tool.wsgate"  # in pyproject.toml


class Given(NamedTuple):
    """A value, and who gave it: the command line, a variable or a file, by name."""

    value: Any
    source: str


class Settings(NamedTuple):
    """The configuration in force, and the source of each option that is not at its default."""

    config: Config
    sources: Mapping[str, str]


def settings(file: str | None, given: Mapping[str, Given]) -> Settings:
    """Put a file and what is stronger together.

    file: its path; None looks in the working directory. given: by the name of the option, from the
    environment and the command line. Raises ConfigError with a sentence that names the source.
    """
    environment: dict[str, Given] = {}
    command_line: dict[str, Given] = {}
    for option in OPTIONS:
        if option.name in given:
            value, source = given[option.name]
            on_line = source == COMMAND_LINE
            checked = Given(_validated(option, value, option.flag if on_line else source), source)
            (command_line if on_line else environment)[option.name] = checked
    values = _laid_over(_laid_over(_from_file(file), environment), command_line)
    config = Config(**{"app": "", **{name: value for name, (value, _) in values.items()}})
    return Settings(config, {name: source for name, (_, source) in values.items()})


def load_variables(path: str) -> None:
    """Set the variables of a file as of --env-file, those aside that are set; with python-dotenv.

    Raises ConfigError; it never shows what the file holds.
    """
    try:
        from dotenv import load_dotenv
        from dotenv.parser import parse_stream
    except ImportError:
        raise ConfigError(
            "--env-file needs the package python-dotenv: pip install 'wsgate[dotenv]'"
        ) from None
    text = _read("--env-file", path)
    for name, value, (statement, line), wrong in parse_stream(StringIO(text)):
        # Of what is wrong python-dotenv warns, and goes on.
        if wrong or (name and (value is None or "=" in name)) or "\0" in statement:
            blank = statement[: -len(statement.lstrip())].count("\n")
            raise ConfigError(
                f"--env-file {path!r} has no NAME=value in line {line + blank}: "
                "write one, and quotes around a value that holds quotes or #"
            )
    load_dotenv(stream=StringIO(text))


def unknown_variables(names: Iterable[str]) -> Iterator[str]:
    """A sentence for each variable that looks like ours and sets nothing."""
    known = {name for each in OPTIONS for name in each.environment}.union(_OTHER_VARIABLES)
    for name in names:
        if name.startswith(ENVIRONMENT_PREFIX) and name not in known:
            yield f"the variable {name} sets nothing{did_you_mean(name, known)}"


def _laid_over(weaker: dict[str, Given], stronger: dict[str, Given]) -> dict[str, Given]:
    """Both, the stronger ones first; who says where to listen says it alone."""
    kinds = {_WHERE[name] for name in stronger if name in _WHERE}
    kept = {
        name: each
        for name, each in weaker.items()
        if not kinds or name not in _WHERE or _WHERE[name] in kinds
    }
    return {**kept, **stronger}


def _from_file(named: str | None) -> dict[str, Given]:
    path = named or _found()
    if path is None:
        return {}
    table = _table(path, _read("--config", path))
    try:
        routes = parse_routes(table.pop(ROUTES, ()), OPTIONS)
        values = parse_table(table, OPTIONS)
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from None
    if routes:
        values["routes"] = routes
    return {name: Given(value, path) for name, value in values.items()}


def _found() -> str | None:
    """The file of the working directory; a pyproject.toml only where it speaks of us."""
    if Path(FILE).exists():
        return FILE
    if Path(PYPROJECT).exists() and f"[{_TABLE}" in _read("--config", PYPROJECT):
        return PYPROJECT
    return None


def _read(option: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(
            f"{option} {path!r} cannot be read ({reason}): give the path of a text file in UTF-8"
        ) from error


def _table(path: str, text: str) -> dict[str, Any]:
    """Our part of a file."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        try:
            import tomli as tomllib
        except ImportError:
            raise ConfigError(
                f"--config {path!r} needs the package tomli before Python 3.11: "
                "pip install 'wsgate[toml]'"
            ) from None
    try:
        table: Any = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"--config {path!r} is not in TOML: {error}") from None
    if Path(path).name == PYPROJECT:
        table = table.get("tool", {}).get("wsgate")
        if not isinstance(table, dict):
            raise ConfigError(
                f"--config {path!r} has no table [{_TABLE}]: add it, or name another file"
            )
    return dict(table)


def _validated(option: Option, value: Any, named: str) -> Any:
    try:
        return option.validate(value)
    except ValueError as error:
        raise ConfigError(f"{named} {error}") from None
