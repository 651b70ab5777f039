"""Listening sockets, and the names of both ends as the ASGI scope and a person want them.

They listen from the start, so that a port in use shows before the application runs; what connects
meanwhile waits in the backlog. A unix socket gets mode 0666, as the proxy runs as another user;
its directory says who may connect. Nothing here removes its file at the end: that could hit the
one of a successor, and a stale one is replaced.
"""

import errno
import os
import socket
import stat
from contextlib import ExitStack
from functools import lru_cache
from sys import intern

from wsgate.config import Config
from wsgate.errors import StartupError

UNIX_MODE = 0o666

_TCP_REFUSALS = {
    errno.EADDRINUSE: "--port {port} is in use on {host}: stop the program that listens there, "
    "or choose another port (0 takes any free one)",
    errno.EACCES: "--port {port} is privileged: choose one above 1023, "
    "or grant CAP_NET_BIND_SERVICE",
    errno.EADDRNOTAVAIL: "--host {host} is no address of this machine: give one that it has, "
    "or 0.0.0.0 for all",
    errno.EAFNOSUPPORT: "--host {host} is of a family that this machine does not have: "
    "give an IPv4 address",
}
_OTHER_TCP_REFUSAL = (
    "--host {host} --port {port} cannot listen ({reason}): mend that or choose others"
)


def bind(config: Config) -> list[socket.socket]:
    """The sockets that `fd`, `uds`, or `host` and `port` name, listening; the caller closes them.

    Raises StartupError where there can be none, and leaves nothing open then.
    """
    if config.fd is not None:
        return [_inherit(config.fd)]
    if config.uds is not None:
        return [_listen_on_path(config.uds, config.backlog)]
    return [_listen_on_port(config.host, config.port, config.backlog)]


def describe(sock: socket.socket) -> str:
    """Where to connect: ``http://127.0.0.1:8000``, ``http://[::1]:8000``, ``unix:/run/x.sock``."""
    match server_pair(sock.getsockname()):
        case (path, None):
            return f"unix:{path}"
        case (host, port):
            return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    return f"file descriptor {sock.fileno()}"


def address_pair(value: object) -> tuple[str, int] | None:
    """Host and port of a socket's name; None where it has none, as over a unix socket.

    An IPv4 peer of a socket for both families has its IPv4 address (RFC 4291 2.5.5.2).
    """
    if not isinstance(value, tuple) or len(value) < 2:
        return None
    host, port = value[:2]
    if not isinstance(host, str):
        return None
    return intern(host.removeprefix("::ffff:") if "." in host else host), port


@lru_cache
def server_pair(value: object) -> tuple[str, int | None] | None:
    """Our own end for the scope: as `address_pair`, or the path of a unix socket and None.

    An abstract one (unix(7)) has ``@`` for its first byte. ASGI specification, HTTP scope.
    """
    if isinstance(value, bytes):
        value = os.fsdecode(value.replace(b"\0", b"@", 1))
    return (value, None) if value and isinstance(value, str) else address_pair(value)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _listen_on_port(host: str, port: int, backlog: int) -> socket.socket:
    family, address = _resolve(host, port)
    try:
        with ExitStack() as opened:
            # asyncio sets TCP_NODELAY only where the protocol is named; else small frames wait
            # for the peer's acknowledgement of the one before, 40 ms and more.
            sock = opened.enter_context(
                socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            )
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                # "::" takes IPv4 too, whatever the system's default.
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            sock.bind(address)
            sock.listen(backlog)
            opened.pop_all()
            return sock
    except OSError as error:
        sentence = _TCP_REFUSALS.get(error.errno or 0, _OTHER_TCP_REFUSAL)
        raise StartupError(sentence.format(host=host, port=port, reason=_reason(error))) from error


def _resolve(host: str, port: int) -> tuple[socket.AddressFamily, tuple[object, ...]]:
    """The first address of the host, IPv4 before IPv6: what clients of localhost try."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError) as error:
        raise StartupError(
            f"--host {host!r} leads to no address ({_reason(error)}): "
            "check its spelling, or give an IP address"
        ) from error
    family, _, _, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    return family, address


def _listen_on_path(path: str, backlog: int) -> socket.socket:
    try:
        _remove_stale(path)
        with ExitStack() as opened:
            sock = opened.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
            sock.bind(path)
            os.chmod(path, UNIX_MODE)
            sock.listen(backlog)
            opened.pop_all()
            return sock
    except (OSError, ValueError) as error:
        raise StartupError(
            f"--uds {path!r} cannot be made ({_reason(error)}): give a path of at most 107 bytes, "
            "in a directory that exists and where you may write"
        ) from error


def _remove_stale(path: str) -> None:
    """Remove the socket that a server left behind, and nothing else.

    Raises StartupError where the path is taken, OSError where it cannot be examined.
    """
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise StartupError(f"--uds {path!r} is no socket: remove it, or choose another path")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)  # a full backlog answers EAGAIN, and is alive
        outcome = probe.connect_ex(path)
    if outcome == errno.ECONNREFUSED:
        os.unlink(path)
    elif outcome in (0, errno.EAGAIN):
        raise StartupError(
            f"--uds {path!r} is in use: stop the server that listens there, or choose another path"
        )
    else:
        raise OSError(outcome, os.strerror(outcome))


def _inherit(fd: int) -> socket.socket:
    try:
        sock = socket.socket(fileno=fd)
    except OSError as error:
        raise StartupError(
            f"--fd {fd} is no socket ({_reason(error)}): "
            "give the number of a listening one that the parent process passes"
        ) from error
    if not sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        sock.detach()  # it is the caller's still
        raise StartupError(
            f"--fd {fd} is a socket that does not listen: "
            "the parent process must bind it and call listen"
        )
    return sock
