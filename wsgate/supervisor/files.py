"""The files that are watched, and what has changed of them."""

import importlib.util
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

State = dict[Path, tuple[int, int]]
"""Time of the last change in nanoseconds, and size, of each file."""


class Files:
    """The files under some directories whose names follow patterns (as of `Path.match`)."""

    def __init__(
        self, directories: Sequence[str], includes: Sequence[str], excludes: Sequence[str]
    ) -> None:
        self.directories = [Path(each).absolute() for each in directories or (".",)]
        self._includes = includes
        self._excludes = excludes

    def __contains__(self, path: Path) -> bool:
        """Whether a file is watched; a directory that is excluded takes along all that is in it."""
        for directory in self.directories:
            if directory in path.parents:
                below = path.relative_to(directory)
                names = (below, *below.parents[:-1]) if below.parents else (below,)
                return _any_match([below], self._includes) and not _any_match(names, self._excludes)
        return False

    def look(self) -> State:
        """Give how all files are now; one that is gone in this moment is left out."""
        state: State = {}
        for path in self._walk():
            try:
                found = path.stat()
            except OSError:
                continue
            state[path] = (found.st_mtime_ns, found.st_size)
        return state

    def _walk(self) -> Iterator[Path]:
        for directory in self.directories:
            for place, inner, names in os.walk(directory):
                here = Path(place)
                inner[:] = [each for each in inner if not _any_match([Path(each)], self._excludes)]
                yield from (path for name in names if (path := here / name) in self)


def _any_match(paths: Sequence[Path], patterns: Sequence[str]) -> bool:
    return any(path.match(pattern) for path in paths for pattern in patterns)


def changes(files: Files, delay: float, pause: Callable[[float], bool]) -> Iterator[list[Path]]:
    """Yield the files that have changed, or none; for the first time once it watches.

    delay: seconds over which changes are gathered. pause: waits for so many seconds and tells
    whether to go on.
    """
    try:
        from watchfiles import watch
    except ImportError:
        yield from _looked_for(files, delay, pause)
        return
    milliseconds = max(1, int(delay * 1000))
    watching = watch(
        *[each for each in files.directories if each.exists()],
        watch_filter=lambda _, path: Path(path) in files,
        debounce=milliseconds,
        step=min(50, milliseconds),
        rust_timeout=100,
        yield_on_timeout=True,
        raise_interrupt=False,
        ignore_permission_denied=True,
    )
    for found in watching:
        if not pause(0):
            return
        yield sorted({Path(path) for _, path in found})


def _looked_for(files: Files, delay: float, pause: Callable[[float], bool]) -> Iterator[list[Path]]:
    before = files.look()
    yield []
    while pause(delay):
        now = files.look()
        changed = {path for path, _ in before.items() ^ now.items()}
        before = now
        yield sorted(changed)


def forget_bytecode(paths: Sequence[Path]) -> None:
    """Remove what Python has compiled of some files.

    It takes a file for unchanged whose size and second of change are the same (PEP 552 calls such
    caches «timestamp-based»), and two changes within a second would be served as one.
    """
    for path in paths:
        if path.suffix == ".py":
            with suppress(OSError):
                os.unlink(importlib.util.cache_from_source(path))


def shown(paths: Sequence[Path]) -> str:
    """Name some files for the log, the first few of many."""
    names = [os.path.relpath(each) for each in paths[:3]]
    return ", ".join(names) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")
