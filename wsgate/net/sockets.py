"""Listening sockets, and the names of both ends as the ASGI scope and a person want them.

They listen from the start, so that a port in use shows before the application runs; what connects
meanwhile waits in the backlog.
"""

import errno
import os
import socket
from contextlib import ExitStack
from functools import lru_cache
from sys import intern

from wsgate.addresses import Address, Descriptor, Tcp, Unix, parse_address
from wsgate.config import Config
from wsgate.errors import StartupError
from wsgate.net.inherited import inherit, passed_sockets
from wsgate.net.unix_sockets import listen_on_path

_REFUSALS = {
    errno.EADDRINUSE: "{named} is in use: stop the program that listens there, "
    "or choose another port (0 takes any free one)",
    errno.EACCES: "{named} is privileged: choose a port above 1023, or grant CAP_NET_BIND_SERVICE",
    errno.EADDRNOTAVAIL: "{named} is no address of this machine: give one that it has, "
    "or 0.0.0.0 for all",
    errno.EAFNOSUPPORT: "{named} is of a family that this machine does not have: "
    "give an IPv4 address",
}
_OTHER_REFUSAL = "{named} cannot listen ({reason}): mend that or choose another"


_EVERY_ADDRESS = ("0.0.0.0", "::")


def bind(config: Config) -> list[socket.socket]:
    """The listening sockets: those of systemd, else those of the configuration.

    The caller closes them. Raises StartupError where one cannot be, and leaves nothing open then.
    """
    if passed := passed_sockets():
        return passed
    places = _places(config)
    ipv4_ports = {at.port for at in places.values() if isinstance(at, Tcp) and ":" not in at.host}
    sockets: list[socket.socket] = []
    with ExitStack() as opened:
        for named, at in places.items():
            if isinstance(at, Descriptor):
                sock = inherit(at.number, named)
            elif isinstance(at, Unix):
                sock = listen_on_path(at.path, named, config)
            else:
                sock = _listen_on_port(at, named, config.backlog, at.port in ipv4_ports)
            sockets.append(opened.enter_context(sock))
        opened.pop_all()
    return sockets


def describe(sock: socket.socket, scheme: str = "http") -> str:
    """Where to connect: ``http://127.0.0.1:8000``, ``https://[::1]:8000``, ``unix:/run/x.sock``."""
    match server_pair(sock.getsockname()):
        case (path, None):
            return f"unix:{path}"
        case (host, port):
            return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
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


def own_end(sock: socket.socket) -> tuple[str, int | None] | None:
    """The `server_pair` of every connection that a listening socket accepts.

    None where each has its own: the socket takes connections to any address of the machine.
    """
    pair = server_pair(sock.getsockname())
    return None if pair is not None and pair[0] in _EVERY_ADDRESS else pair


def _places(config: Config) -> dict[str, Address]:
    """Where to listen, by what names it in a sentence."""
    if config.bind:
        return {f"--bind {text}": parse_address(text) for text in config.bind}
    if config.fd is not None:
        return {f"--fd {config.fd}": Descriptor(config.fd)}
    if config.uds is not None:
        return {f"--uds {config.uds!r}": Unix(config.uds)}
    shown = config.host if config.host.isprintable() else repr(config.host)
    return {f"--host {shown} --port {config.port}": Tcp(config.host, config.port)}


def _listen_on_port(at: Tcp, named: str, backlog: int, ipv6_only: bool) -> socket.socket:
    """Listen; ipv6_only: another socket has the IPv4 addresses of the port."""
    family, address = _resolve(at, named)
    try:
        with ExitStack() as opened:
            # asyncio sets TCP_NODELAY only where the protocol is named; else small frames wait
            # for the peer's acknowledgement of the one before, 40 ms and more.
            sock = opened.enter_context(
                socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            )
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                # "::" takes IPv4 too where it can, whatever the system's default.
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, ipv6_only)
            sock.bind(address)
            sock.listen(backlog)
            opened.pop_all()
            return sock
    except OSError as error:
        sentence = _REFUSALS.get(error.errno or 0, _OTHER_REFUSAL)
        raise StartupError(sentence.format(named=named, reason=error.strerror)) from error


def _resolve(at: Tcp, named: str) -> tuple[socket.AddressFamily, tuple[object, ...]]:
    """The first address of the host, IPv4 before IPv6: what clients of localhost try."""
    try:
        found = socket.getaddrinfo(at.host, at.port, type=socket.SOCK_STREAM)
    except (OSError, ValueError) as error:
        raise StartupError(
            f"{named} leads to no address ({getattr(error, 'strerror', None) or error}): "
            "check its spelling, or give an IP address"
        ) from error
    family, _, _, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    return family, address
