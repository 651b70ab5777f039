"""Who a request comes from when proxies stand between: X-Forwarded-For and X-Forwarded-Proto.

A proxy appends the address it was called from to X-Forwarded-For, so the right end is what our
peer wrote, and each further step to the left is only as good as the proxy that wrote it. We walk
from the right for as long as those proxies are trusted. The fields are de facto (no RFC); lists
in several fields combine in order (RFC 9110 5.3).
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

USUAL_FIELDS: Final = frozenset({"x-forwarded-for", "x-forwarded-proto"})
"""Those that `ForwardedPolicy.resolve` knows."""

_CACHED: Final = 1024
_LONGEST: Final = 64  # an address with brackets and port is shorter
_MAX_PORT: Final = 65_535
_BLANK: Final = b" \t"
SCHEMES: Final = {b"http": "http", b"https": "https", b"ws": "http", b"wss": "https"}
_NODE: Final = re.compile(
    rb"(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+))(?::([0-9]{1,5}))?"  # [::1]:80, 192.0.2.1:80
    rb"|([0-9A-Fa-f:.]+)"  # ::1
)


class ForwardedPolicy:
    """Decides whom to believe. trusted: addresses, networks, "unix:", and "*" for everybody.

    Raises ValueError for any other entry.
    """

    __slots__ = ("_everybody", "_networks", "_trusts_host", "_trusts_unix")

    def __init__(self, trusted: Iterable[str]) -> None:
        entries = set(trusted)
        self._everybody = "*" in entries
        self._trusts_unix = "unix:" in entries
        self._networks = [_parse_network(entry) for entry in entries - {"*", "unix:"}]
        self._trusts_host = lru_cache(_CACHED)(self._find_host)

    def trusts(self, peer: tuple[str, int] | None) -> bool:
        """Whether the fields of this peer count; None is a peer over our unix socket."""
        if self._everybody:
            return True
        return self._trusts_unix if peer is None else self._trusts_host(peer[0])

    def resolve(
        self, headers: list[tuple[bytes, bytes]], client: tuple[str, int] | None, scheme: str
    ) -> tuple[tuple[str, int] | None, str]:
        """Client and scheme (http or https) of the request; as given where nothing better is known.

        The client is the rightmost address that is not trusted, or the leftmost of all where all
        are; its port is 0 where the field has none. An entry that is no address ends the walk at
        the one before it. Never raises, whatever the fields hold.
        """
        if not self.trusts(client):
            return client, scheme
        lists = []
        for name, value in headers:
            if name == b"x-forwarded-for":
                lists.append(value)
            elif name == b"x-forwarded-proto":
                # The last value only: the one that our peer wrote or let through. What stands
                # before it a client may have sent to a proxy that appends.
                last = value.rpartition(b",")[2].strip(_BLANK).lower()
                scheme = SCHEMES.get(last, scheme)
        if lists:
            client = self.walk(b",".join(lists).split(b","), client)
        return client, scheme

    def walk(self, hops: list[bytes], client: tuple[str, int] | None) -> tuple[str, int] | None:
        """Give the rightmost hop that is not trusted, as `resolve` says."""
        for hop in reversed(hops):
            node = parse_node(hop.strip(_BLANK))
            if node is None:
                break
            client = node
            if not self.trusts(node):
                break
        return client

    def _find_host(self, host: str) -> bool:
        address = _parse_address(host)
        return address is not None and any(address in network for network in self._networks)


def parse_node(hop: bytes) -> tuple[str, int] | None:
    """Give address and port (0 where it has none) of an entry; None for anything else."""
    # Cut, so that the cache never keeps long junk; cut junk is junk still.
    return _parse_node(hop[:_LONGEST])


@lru_cache(_CACHED)
def _parse_node(hop: bytes) -> tuple[str, int] | None:
    match = _NODE.fullmatch(hop)
    if match is None:
        return None
    bracketed, dotted, port, bare = match.groups(b"")
    address = _parse_address((bracketed or dotted or bare).decode("ascii"))
    number = int(port or 0)
    return None if address is None or number > _MAX_PORT else (str(address), number)


def _parse_address(host: str) -> IPv4Address | IPv6Address | None:
    """An IPv4 address also where it is mapped (RFC 4291 2.5.5.2); without the zone of RFC 4007."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _parse_network(entry: str) -> IPv4Network | IPv6Network:
    network = ip_network(entry)
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is not None and network.prefixlen >= 96:
        return IPv4Network((mapped, network.prefixlen - 96))
    return network
