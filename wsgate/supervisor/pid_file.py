"""A file with the number of this process, for those who send it signals."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from wsgate.errors import StartupError


@contextmanager
def pid_file(path: str | None) -> Iterator[None]:
    """Hold the file until the block ends; raises StartupError where that cannot be.

    A lock, which children do not inherit, says whose it is: a file that was left behind is taken
    over, whatever number it holds.
    """
    if path is None:
        yield
        return
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StartupError(
            f"--pid-file {path!r} cannot be written ({error.strerror}): give a path in a directory "
            "that exists and where you may write"
        ) from error
    try:
        _take(fd, path)
        try:
            yield
        finally:
            with suppress(OSError):
                os.unlink(path)
    finally:
        os.close(fd)


def _take(fd: int, path: str) -> None:
    try:
        fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        number = os.read(fd, 32).decode("ascii", "replace").strip()
        raise StartupError(
            f"--pid-file {path!r} belongs to process {number}, which runs: stop it, or choose "
            "another file"
        ) from error
    os.ftruncate(fd, 0)
    os.write(fd, b"%d\n" % os.getpid())
