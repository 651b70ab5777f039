"""Settings in a table, as a file has them: the file's own, and one for each of its routes.

Keys are the names of options, with ``_`` or ``-`` between the words. What is wrong raises
ValueError with a sentence, before which the caller says where the table stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wsgate.errors import did_you_mean
from wsgate.options import Option

ROUTES = "route"
"""The key of the list of routes in a file."""


@dataclass(frozen=True)
class Route:
    """Websockets whose path matches a pattern, and what differs for them.

    path: ``*`` is any text, ``?`` any character, ``[…]`` one of some, as in a shell (fnmatch), but
    ``*`` crosses ``/``. settings: by the names of `Config`'s fields, in their final form.
    """

    path: str
    settings: Mapping[str, Any]


def parse_table(table: Mapping[str, Any], options: tuple[Option, ...]) -> dict[str, Any]:
    """Settings by the names of `Config`'s fields, in their final form."""
    known = {name: each for each in options for name in (each.name, each.spelling) if name}
    settings: dict[str, Any] = {}
    for key, value in table.items():
        name = key.replace("-", "_")
        option = known.get(name)
        if option is None:
            raise ValueError(f"there is no option {key!r}{did_you_mean(name, [*known, ROUTES])}")
        if option.name in settings:
            raise ValueError(f"{key} is there under another name too: leave one of them")
        try:
            settings[option.name] = option.validate(value)
        except ValueError as error:
            raise ValueError(f"{key} {error}") from None
    return settings


def parse_routes(value: Any, options: tuple[Option, ...]) -> tuple[Route, ...]:
    """Routes from a list of tables, each with a `path` and settings that may differ by route."""
    if not isinstance(value, list | tuple):
        raise ValueError(f"{ROUTES} must be a list of tables ([[{ROUTES}]]), not {value!r}")
    routes = tuple(_parse_route(each, options) for each in value)
    paths = [route.path for route in routes]
    for path in paths:
        if paths.count(path) > 1:
            raise ValueError(f"{ROUTES} {path!r} is there twice: the second would never be used")
    return routes


def _parse_route(value: Any, options: tuple[Option, ...]) -> Route:
    if isinstance(value, Route):
        value = {"path": value.path, **value.settings}
    if not isinstance(value, Mapping):
        raise ValueError(f"{ROUTES} must be a list of tables ([[{ROUTES}]]), with {value!r} in it")
    path = value.get("path")
    if not isinstance(path, str) or path[:1] not in ("/", "*", "?", "["):
        raise ValueError(
            f'{ROUTES} must have a path that begins with "/" or "*", for example "/upload/*", '
            f"not {path!r}"
        )
    table = {key: each for key, each in value.items() if key != "path"}
    try:
        settings = parse_table(table, options)
    except ValueError as error:
        raise ValueError(f"{ROUTES} {path!r}: {error}") from None
    for option in options:
        if option.name in settings and not option.by_route:
            raise ValueError(f"{ROUTES} {path!r}: {option.name} is the same for all routes")
    return Route(path, settings)
