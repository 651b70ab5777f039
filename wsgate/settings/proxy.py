"""What is believed of a proxy in front."""

from dataclasses import dataclass, field

from wsgate.options import option, trusted_peers

GROUP = "Behind a proxy"


@dataclass(frozen=True, kw_only=True)
class ProxySettings:
    """What is believed of a proxy in front."""

    proxy_headers: bool = field(
        default=True,
        metadata=option(
            GROUP, "Take client and scheme from X-Forwarded-For and -Proto of a trusted peer."
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
