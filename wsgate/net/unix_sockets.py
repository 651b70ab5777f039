"""Unix sockets that listen at a path.

Anybody may connect as long as `--uds-mode` says nothing else, since the proxy runs as another
user; the directory says who gets there. Nothing here removes the file at the end: that could hit
the one of a successor, and a stale one is replaced.
"""

import errno
import grp
import os
import pwd
import socket
import stat
from contextlib import ExitStack

from wsgate.config import Config
from wsgate.errors import StartupError


def listen_on_path(path: str, named: str, config: Config) -> socket.socket:
    """Make a socket at a path, in place of a stale one, with its mode and its owner.

    named: the option that gave the path. Raises StartupError where there can be none.
    """
    owner = _owner(config.uds_owner)
    try:
        _remove_stale(path, named)
        with ExitStack() as opened:
            sock = opened.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
            sock.bind(path)
            _give(path, owner, config.uds_owner)
            os.chmod(path, int(config.uds_mode, 8))
            sock.listen(config.backlog)
            opened.pop_all()
            return sock
    except (OSError, ValueError) as error:
        raise StartupError(
            f"{named} cannot be made ({getattr(error, 'strerror', None) or error}): give a path of "
            "at most 107 bytes, in a directory that exists and where you may write"
        ) from error


def _remove_stale(path: str, named: str) -> None:
    """Remove the socket that a server left behind, and nothing else.

    Raises StartupError where the path is taken, OSError where it cannot be examined.
    """
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise StartupError(f"{named} is no socket: remove it, or choose another path")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)  # a full backlog answers EAGAIN, and is alive
        outcome = probe.connect_ex(path)
    if outcome == errno.ECONNREFUSED:
        os.unlink(path)
    elif outcome in (0, errno.EAGAIN):
        raise StartupError(
            f"{named} is in use: stop the server that listens there, or choose another path"
        )
    else:
        raise OSError(outcome, os.strerror(outcome))


def _owner(text: str | None) -> tuple[int, int]:
    """The numbers of ``user``, ``user:group`` or ``:group``; -1 leaves one as it is (chown(2))."""
    user, _, group = (text or "").partition(":")
    try:
        uid = int(user) if user.isdecimal() else pwd.getpwnam(user).pw_uid if user else -1
        gid = int(group) if group.isdecimal() else grp.getgrnam(group).gr_gid if group else -1
    except KeyError as error:
        raise StartupError(
            f"--uds-owner {text!r} is not known here ({error.args[0]}): "
            "give user, user:group or :group"
        ) from None
    return uid, gid


def _give(path: str, owner: tuple[int, int], named: str | None) -> None:
    if owner == (-1, -1):
        return
    try:
        os.chown(path, *owner)
    except (OSError, OverflowError) as error:
        raise StartupError(
            f"--uds-owner {named!r} cannot have the socket "
            f"({getattr(error, 'strerror', None) or error}): "
            "only root gives files away, others only to groups of their own"
        ) from error
