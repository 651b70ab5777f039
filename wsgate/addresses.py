"""Where a server listens, as `--bind` spells it."""

import re
from typing import NamedTuple

_TCP = re.compile(
    r"(?:\[(?P<ipv6>[0-9A-Fa-f]*:[0-9A-Fa-f:.]+(?:%[^\]]+)?)\]|(?P<name>[^:/@\s\[\]]+)):(?P<port>[0-9]{1,5})",
    re.ASCII,
)
_DESCRIPTOR = re.compile(r"fd://([0-9]{1,7})", re.ASCII)
_UNIX = "unix:"


class Tcp(NamedTuple):
    """A host, by address or name, and a port; 0 is any free one."""

    host: str
    port: int


class Unix(NamedTuple):
    """The path of a unix socket."""

    path: str


class Descriptor(NamedTuple):
    """A file descriptor that a parent process passes."""

    number: int


Address = Tcp | Unix | Descriptor


def parse_address(text: str) -> Address:
    """``127.0.0.1:8000``, ``localhost:8000``, ``[::1]:8000``, ``unix:/run/x.sock`` or ``fd://3``.

    Raises ValueError as `wsgate.options.Option.validate` does.
    """
    if text.startswith(_UNIX) and text != _UNIX:
        return Unix(text[len(_UNIX) :])
    if match := _DESCRIPTOR.fullmatch(text):
        return Descriptor(int(match[1]))
    match = _TCP.fullmatch(text)
    if match is None or int(match["port"]) > 65_535 or not text.isprintable():
        raise ValueError(f"must be HOST:PORT, [IPV6]:PORT, unix:PATH or fd://NUMBER, not {text!r}")
    return Tcp(match["ipv6"] or match["name"], int(match["port"]))
