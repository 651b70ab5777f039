"""The configuration of a server: one frozen dataclass, from which all else is generated.

The command's options, the ``WSGATE_…`` variables and the table in the documents come from the
metadata of its fields (`wsgate.options`), which stand in groups in `wsgate.settings`; `routes`
alone stands in no group, and comes from the file or from Python.
"""

from dataclasses import dataclass, fields, replace

from wsgate.errors import ConfigError
from wsgate.options import Option, option_of
from wsgate.settings.admission import AdmissionSettings
from wsgate.settings.application import ApplicationSettings
from wsgate.settings.drain import DrainSettings
from wsgate.settings.implementation import ImplementationSettings
from wsgate.settings.listening import ListeningSettings
from wsgate.settings.logging import LoggingSettings
from wsgate.settings.proxy import ProxySettings
from wsgate.settings.rates import RateSettings
from wsgate.settings.reload import ReloadSettings
from wsgate.settings.requests import RequestSettings
from wsgate.settings.timeouts import TimeoutSettings
from wsgate.settings.tls import TlsSettings
from wsgate.settings.websocket import WebSocketSettings
from wsgate.settings.workers import WorkerSettings
from wsgate.tables import Route, parse_routes

_SINGLE_ADDRESS = ("host", "port", "uds", "fd")
_OF_A_CERTIFICATE = {
    f"ssl_{name}" for name in ("keyfile", "keyfile_password", "ciphers", "cert_reqs", "ca_certs")
}


@dataclass(frozen=True, kw_only=True)
class Config(
    ApplicationSettings,
    ListeningSettings,
    WorkerSettings,
    ReloadSettings,
    TlsSettings,
    ProxySettings,
    RequestSettings,
    WebSocketSettings,
    RateSettings,
    TimeoutSettings,
    AdmissionSettings,
    DrainSettings,
    LoggingSettings,
    ImplementationSettings,
):
    """All settings of a server. Sizes are in bytes, durations in seconds.

    The sequences are kept as tuples and may be given as lists; `forwarded_allow_ips` also as one
    text with commas, and each of `headers` also as ``"Name: value"`` or as a pair of str: they are
    kept as pairs of bytes with lower-case names. Raises ConfigError with a sentence that names the
    option. The groups stand in the order of the help and of the documents.

    routes: what differs for some websockets, as in the file; the first one that matches counts.
    Given as a list of dicts, ``{"path": "/upload/*", "ws_max_size": "64MiB"}``.
    """

    routes: tuple[Route, ...] = ()

    def __post_init__(self) -> None:
        for each in OPTIONS:
            try:
                value = each.validate(getattr(self, each.name))
            except ValueError as error:
                raise ConfigError(f"{each.flag} {error}") from None
            object.__setattr__(self, each.name, value)
        try:
            object.__setattr__(self, "routes", parse_routes(self.routes, OPTIONS))
        except ValueError as error:
            raise ConfigError(str(error)) from None
        self._check_where_to_listen()
        self._check_tls()
        if self.proxy_protocol and not self.forwarded_allow_ips:
            raise ConfigError("--proxy-protocol needs --forwarded-allow-ips: nobody is trusted")

    def of_route(self, route: Route) -> "Config":
        """The settings of a route, without routes of its own."""
        return replace(self, routes=(), **route.settings)

    def _check_where_to_listen(self) -> None:
        """Nothing that is given may be left out in silence."""
        if self.uds is not None and self.fd is not None:
            raise ConfigError("--uds and --fd exclude each other: give one of them")
        for each in OPTIONS if self.bind else ():
            if each.name in _SINGLE_ADDRESS and getattr(self, each.name) != each.default:
                raise ConfigError(
                    f"--bind and {each.flag} exclude each other: say it with --bind alone"
                )

    def _check_tls(self) -> None:
        for each in OPTIONS if self.ssl_certfile is None else ():
            if each.name in _OF_A_CERTIFICATE and getattr(self, each.name) != each.default:
                raise ConfigError(f"{each.flag} needs --ssl-certfile: give a certificate, too")
        if self.ssl_cert_reqs and self.ssl_ca_certs is None:
            raise ConfigError(
                f"--ssl-cert-reqs {self.ssl_cert_reqs} needs --ssl-ca-certs: nobody would be known"
            )
        if self.ssl_ca_certs is not None and not self.ssl_cert_reqs:
            raise ConfigError(
                "--ssl-ca-certs needs --ssl-cert-reqs 1 or 2: no certificate is asked for"
            )


OPTIONS: tuple[Option, ...] = tuple(
    option_of(each) for group in Config.__bases__ for each in fields(group)
)
"""Every option, in the order of the groups."""
