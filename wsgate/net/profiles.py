"""What may differ from one route of websockets to the next."""

from __future__ import annotations

import re
from fnmatch import translate

from wsgate.asgi.compression import Compression, Negotiator
from wsgate.asgi.inbox import InboxLimits
from wsgate.asgi.session_owner import SessionLimits
from wsgate.config import Config
from wsgate.net.admission import Rules
from wsgate.net.clock import Clock
from wsgate.net.rates import Rates
from wsgate.websocket.deflate_negotiation import DeflateSettings


class Profile:
    """The settings of a route, made once at the start and shared by all its websockets.

    limits, rates: of what a peer sends; rates is None where all are off. negotiator: None where
    compression is turned off. Times are in seconds; 0 is for ever, and turns pings off.
    """

    __slots__ = (
        "accept_timeout",
        "admission",
        "allow_origins",
        "close_timeout",
        "idle_timeout",
        "lifetime",
        "lifetime_jitter",
        "limits",
        "negotiator",
        "ping_interval",
        "ping_timeout",
        "rates",
        "write_limit",
        "write_timeout",
    )

    def __init__(self, config: Config, compression: Compression, clock: Clock) -> None:
        self.admission = Rules(config, clock)
        self.allow_origins = config.allow_origins
        self.limits = SessionLimits(
            max_size=config.ws_max_size,
            max_fragments=config.ws_max_fragments,
            max_frame=config.ws_max_frame_size or 0,
            max_ratio=config.ws_deflate_max_ratio or 0,
            inbox=InboxLimits(messages=config.ws_max_queue, size=config.ws_max_buffer),
        )
        self.ping_interval = config.ws_ping_interval
        self.ping_timeout = config.ws_ping_timeout
        self.accept_timeout = config.timeout_accept
        self.idle_timeout = config.ws_idle_timeout
        self.write_limit = config.ws_write_limit
        self.close_timeout = config.ws_close_timeout
        self.lifetime = config.max_connection_lifetime
        self.lifetime_jitter = config.max_connection_lifetime_jitter
        self.write_timeout = config.ws_write_timeout
        rates = Rates(
            messages=config.ws_message_rate,
            size=float(config.ws_byte_rate),
            controls=config.ws_control_rate,
            timeout=config.ws_rate_timeout,
        )
        self.rates = rates if rates.any else None
        self.negotiator: Negotiator | None = None
        if config.ws_per_message_deflate:
            self.negotiator = Negotiator(compression, deflate_settings(config))


class Profiles:
    """The profile of every path.

    default: where no route matches. routed: whether there is any route; where there is none, no
    path need be looked at.
    """

    def __init__(self, config: Config, compression: Compression, clock: Clock) -> None:
        self.default = Profile(config, compression, clock)
        self._routes = [
            (re.compile(translate(route.path)), Profile(config.of_route(route), compression, clock))
            for route in config.routes
        ]
        self.routed = bool(self._routes)

    @property
    def limiting(self) -> bool:
        """Whether any limits who is let in."""
        return self.default.admission.limiting or any(
            profile.admission.limiting for _, profile in self._routes
        )

    def of(self, path: str) -> Profile:
        """Give the profile of the first route that matches; path: as in the scope."""
        for pattern, profile in self._routes:
            if pattern.match(path) is not None:
                return profile
        return self.default


def deflate_settings(config: Config) -> DeflateSettings:
    """Give what the options say of compression."""
    return DeflateSettings(
        server_window_bits=config.ws_deflate_window_bits,
        client_window_bits=config.ws_deflate_window_bits,
        level=config.ws_deflate_level,
        mem_level=config.ws_deflate_mem_level,
        threshold=config.ws_deflate_threshold,
        takeover=config.ws_deflate_takeover,
    )
