"""Restart when a file changes, for who develops."""

from dataclasses import dataclass, field

from wsgate.conversions import not_empty_texts
from wsgate.options import option

GROUP = "Reload"


@dataclass(frozen=True, kw_only=True)
class ReloadSettings:
    """Restart when a file changes, for who develops."""

    reload: bool = field(
        default=False,
        metadata=option(
            GROUP,
            "Restart when a file changes; with the package watchfiles where it is installed "
            "(wsgate[reload]), else by looking again and again.",
        ),
    )
    reload_dirs: tuple[str, ...] = field(
        default=(),
        metadata=option(
            GROUP,
            "A directory to watch; may be repeated.",
            spelling="reload_dir",
            repeatable=True,
            separator=",",
            unset="the working directory",
            convert=not_empty_texts,
        ),
    )
    reload_includes: tuple[str, ...] = field(
        default=("*.py",),
        metadata=option(
            GROUP,
            "Names of files to watch, as *.py or templates/*.html; may be repeated, and "
            "replaces the default.",
            spelling="reload_include",
            repeatable=True,
            separator=",",
            convert=not_empty_texts,
        ),
    )
    reload_excludes: tuple[str, ...] = field(
        default=(".*", "__pycache__"),
        metadata=option(
            GROUP,
            "Names of files and directories not to watch; may be repeated, and replaces the "
            "default.",
            spelling="reload_exclude",
            repeatable=True,
            separator=",",
            convert=not_empty_texts,
        ),
    )
    reload_delay: float = field(
        default=0.25,
        metadata=option(
            GROUP,
            "Time over which changes are gathered, and between two looks without watchfiles.",
            unit="seconds",
            minimum=0.01,
            maximum=3600,
        ),
    )
