"""Writes docs/options.md from `wsgate.config.OPTIONS`: run it after a change of an option."""

from pathlib import Path

import click

from wsgate.cli import OWN_GROUPS, main
from wsgate.config import OPTIONS
from wsgate.options import Option

PAGE = Path(__file__).with_name("options.md")
INTRODUCTION = """\
# Options

Written by `docs/make_options.py` from `wsgate/config.py`; a change here would be lost.

An option on the command line wins over its environment variable, and that over the file
([configuration](configuration.md)), where its name stands without dashes: `port = 8000`. A size is
in bytes, also written `64KiB` or `16MiB` (or `64K`, `16M`); a time is in seconds. In a variable,
several addresses or origins are separated by commas and several header fields by newlines; an empty
variable counts as not set.

From Python, the same options are the fields of `wsgate.Config` and the keywords of `wsgate.run`,
where `--header` is `headers` and `--allow-origin` is `allow_origins`, both lists. The group
"Configuration" is the command's alone.
"""
HEADING = "| option | variable | default | values | what for |\n|---|---|---|---|---|\n"


def values(option: Option) -> str:
    """What the option may be: its choices, or unit and bounds."""
    if bool in option.types:
        return f"`{option.flag}`, `--no-{option.flag[2:]}`"
    if option.choices:
        return ", ".join(f"`{choice}`" for choice in option.choices)
    return ", ".join(filter(None, (option.unit, option.bounds)))


def row(option: Option) -> str:
    """The option's line of the table."""
    variables = ", ".join(f"`{name}`" for name in option.environment)
    text = f"{option.help} May differ by route." if option.by_route else option.help
    cells = (f"`{option.flag}`", variables, option.default_text, values(option), text)
    return f"| {' | '.join(cells)} |\n"


def own_row(option: click.Option) -> str:
    """The line of an option that the command alone has."""
    variable = f"`{option.envvar}`" if option.envvar else ""
    cells = (f"`{option.opts[0]}`", variable, "", option.metavar or "", option.help or "")
    return f"| {' | '.join(cells)} |\n"


def render() -> str:
    """The whole page."""
    groups: dict[str, str] = {}
    for each in main.params:
        if isinstance(each, click.Option) and each.name in OWN_GROUPS:
            group = OWN_GROUPS[each.name]
            groups[group] = groups.get(group, HEADING) + own_row(each)
    for option in OPTIONS:
        groups[option.group] = groups.get(option.group, HEADING) + row(option)
    return "\n".join([INTRODUCTION, *(f"## {name}\n\n{table}" for name, table in groups.items())])


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
