"""What is believed of a proxy in front."""

from dataclasses import dataclass, field

from wsgate.conversions import forwarded_names, trusted_peers
from wsgate.options import option

GROUP = "Behind a proxy"


@dataclass(frozen=True, kw_only=True)
class ProxySettings:
    """What is believed of a proxy in front."""

    proxy_headers: bool = field(
        default=True,
        metadata=option(
            GROUP,
            "Take client and scheme from what a trusted peer forwards, see --forwarded-fields.",
        ),
    )
    forwarded_fields: tuple[str, ...] = field(
        default=("x-forwarded-for", "x-forwarded-proto"),
        metadata=option(
            GROUP,
            "Fields that count, with commas: also x-forwarded-host and x-forwarded-port, or "
            "forwarded (RFC 7239) alone. The proxy has to set or remove each of them.",
            separator=",",
            unset="none",
            convert=forwarded_names,
        ),
    )
    proxy_protocol: bool = field(
        default=False,
        metadata=option(
            GROUP,
            "Demand a PROXY header, of version 1 or 2, at the begin of each connection of a "
            "trusted peer.",
        ),
    )
    forwarded_allow_ips: tuple[str, ...] = field(
        default=("127.0.0.1", "::1", "unix:"),
        metadata=option(
            GROUP,
            'Peers that are trusted: addresses and networks with commas, "unix:" for those '
            'over our unix socket, "*" for everybody.',
            separator=",",
            variables=("FORWARDED_ALLOW_IPS",),
            unset="nobody",
            convert=trusted_peers,
        ),
    )
