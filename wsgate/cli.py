"""The command ``wsgate APP [options]``, generated from `wsgate.config.OPTIONS`."""

import contextlib
import os
import platform
import sys
import traceback
from collections.abc import Sequence
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NoReturn

import click
from click.core import ParameterSource

from wsgate import sources
from wsgate.config import OPTIONS
from wsgate.errors import ApplicationFailed, StartupError
from wsgate.options import Option
from wsgate.sources import Given
from wsgate.version import __version__

_HELP = """Serve the ASGI application APP, given as module:attribute, for example main:app.

Each option has a variable, WSGATE_PORT for --port, WSGATE_APP for APP, and a name in the file
wsgate.toml, port for --port; the command line is the strongest. BYTES may be written 64KiB or 16MiB
too.
"""
_COMPANIONS = ("uvloop", "httptools", "h11")
"""Packages whose versions matter to who reads a report."""

_BY_NAME = {option.name: option for option in OPTIONS}

OWN_GROUPS = dict.fromkeys(("config", "env_file", "check_config"), "Configuration")
"""Where the help shows what is an option of the command alone."""


class _Repeatable(click.types.StringParamType):
    """A text that may be given several times, and in a variable with a separator between."""

    def __init__(self, separator: str) -> None:
        self.separator = separator

    def split_envvar_value(self, rv: str) -> Sequence[str]:
        return [value for part in rv.split(self.separator) if (value := part.strip())]


class _Command(click.Command):
    """A command whose options are shown in their groups, and that refuses in one line."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        try:
            return super().make_context(*args, **kwargs)
        except click.UsageError as error:
            if isinstance(error, click.BadParameter) and error.ctx and error.param:
                option = _BY_NAME.get(error.param.name or "")
                if option is not None and _from_environment(error.ctx, option):
                    error.param_hint = _variable(option)
            _refuse(error.format_message(), error.exit_code)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        groups = {name: option.group for name, option in _BY_NAME.items()} | OWN_GROUPS
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            row = parameter.get_help_record(ctx)
            if row is not None and isinstance(parameter, click.Option):
                sections.setdefault(groups.get(parameter.name or "", "About"), []).append(row)
        for group, rows in sections.items():
            with formatter.section(group):
                formatter.write_dl(rows)


def _version() -> str:
    """Say what runs: our version and form, the interpreter, and the packages behind the I/O."""
    from wsgate.websocket import frames

    form = "plain" if frames.__file__.endswith(".py") else "compiled"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    parts = [f"wsgate {__version__} ({form})", f"{python} on {platform.system()}"]
    for package in _COMPANIONS:
        with contextlib.suppress(PackageNotFoundError):
            parts.append(f"{package} {version(package)}")
    return ", ".join(parts)


def _say_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        click.echo(_version())
        context.exit()


def _load_variables(context: click.Context, _: click.Parameter, path: str | None) -> None:
    """Set the variables of a file, those aside that are set; before any other is looked at."""
    if path and not context.resilient_parsing:
        try:
            sources.load_variables(path)
        except StartupError as error:
            _refuse(str(error), error.exit_code)


def _refuse(sentence: str, exit_code: int) -> NoReturn:
    click.echo(f"Error: {sentence}", err=True)
    sys.exit(exit_code)


def _type(option: Option) -> Any:
    """What click converts the text with."""
    if option.choices:
        return click.Choice(option.choices)
    if option.repeatable:
        return _Repeatable(option.separator)
    if option.unit == "bytes":
        return click.STRING
    return {int: click.INT, float: click.FLOAT}.get(option.types[0])


def _parameter(option: Option) -> click.Parameter:
    """The option for click, without a default: `Config` knows it."""
    variables = list(option.environment)
    if option.positional:
        return click.Argument([option.name], metavar=option.flag, envvar=variables, default="")
    switch = f"/{option.flag.replace('--', '--no-', 1)}" if bool in option.types else ""
    default = f"  [default: {option.default_text}]" if option.default_text else ""
    return click.Option(
        [option.flag + switch, option.name],
        type=_type(option),
        metavar=option.unit.upper() or None,
        multiple=option.repeatable,
        envvar=variables,
        default=None,
        help=option.help + default,
    )


def _given(context: click.Context) -> dict[str, Given]:
    """What the environment and the command line say, and which of them."""
    given: dict[str, Given] = {}
    for option in OPTIONS:
        value = context.params[option.name]
        if context.get_parameter_source(option.name) is ParameterSource.COMMANDLINE:
            given[option.name] = Given(value, sources.COMMAND_LINE)
        elif _from_environment(context, option):
            given[option.name] = Given(value, _variable(option))
    return given


def _from_environment(context: click.Context, option: Option) -> bool:
    return context.get_parameter_source(option.name) is ParameterSource.ENVIRONMENT


def _variable(option: Option) -> str:
    """The variable that sets an option: the first one that is not empty."""
    return next(name for name in option.environment if os.environ.get(name))


def _check(settings: sources.Settings) -> int:
    from wsgate.check import check, configuration, warnings

    click.echo(configuration(settings))
    for warning in (*warnings(settings.config), *sources.unknown_variables(os.environ)):
        click.echo(f"Warning: {warning}", err=True)
    return check(settings.config)


@click.command(
    cls=_Command,
    help=_HELP,
    params=[_parameter(option) for option in OPTIONS],
    context_settings={"max_content_width": 100},
)
@click.option(
    "--config",
    metavar="FILE",
    envvar="WSGATE_CONFIG",
    help="File of settings, in TOML.  [default: wsgate.toml, or pyproject.toml with a table "
    "[tool.wsgate]]",
)
@click.option(
    "--env-file",
    metavar="FILE",
    envvar="WSGATE_ENV_FILE",
    is_eager=True,
    expose_value=False,
    callback=_load_variables,
    help="File of variables, NAME=value, for the server and the application; those that are set "
    "stay. With the package python-dotenv (wsgate[dotenv]).",
)
@click.option(
    "--check-config",
    is_flag=True,
    help="Load all, start and stop APP without listening, show the settings and where each comes "
    "from, and exit.",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_say_version,
    help="Show the version, and whether compiled or plain modules run, and exit.",
)
@click.pass_context
def main(context: click.Context, /, config: str | None, check_config: bool, **_: Any) -> None:
    """Serve until the server ends, and exit with its code; 2 where an option is wrong."""
    try:
        configure = partial(sources.settings, config or None, _given(context))
        settings = configure()
        if check_config:
            exit_code = _check(settings)
        else:
            from wsgate.supervisor.run import run  # here: help and refusals come sooner without

            exit_code = run(settings.config, lambda: configure().config)
    except StartupError as error:
        if isinstance(error, ApplicationFailed):
            traceback.print_exception(error.__cause__)
        _refuse(str(error), error.exit_code)
    sys.exit(exit_code)
