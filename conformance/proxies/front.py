"""A proxy that runs before wsgate, as clients reach it: plainly and over TLS."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from conformance.proxies.programs import PROXIES
from tests.e2e.certificate import make_certificate
from tests.e2e.places import Place
from tests.e2e.proxy import Lines, before, free_port, open_folder

VISITOR = "127.0.0.5"
"""An address of a client, which is not one of those whose forwarded fields are believed."""


class Front(NamedTuple):
    """name: of the proxy. secure: where it ends TLS. certificate: the one to trust there."""

    name: str
    plain: Place
    secure: Place
    certificate: Path

    def connect_tls(self, protocols: Sequence[str] = ("http/1.1",)) -> ssl.SSLSocket:
        """Open a connection from VISITOR that speaks one of these protocols.

        For one thread alone: where one reads and another writes, OpenSSL loses what is written
        while it reads the tickets of TLS 1.3 (python/cpython#143756).
        """
        trust = ssl.create_default_context(cafile=str(self.certificate))
        trust.set_alpn_protocols(list(protocols))
        sock = trust.wrap_socket(self.secure.connect(VISITOR), server_hostname="127.0.0.1")
        assert sock.selected_alpn_protocol() == protocols[0]
        return sock


@contextmanager
def standing(name: str, upstream: str, changes: Lines | None = None) -> Iterator[Front]:
    """Run the proxy of this name before `upstream`, with further lines changed."""
    port = free_port()
    with open_folder() as folder:
        certificate = make_certificate(folder)
        lines = {**PROXIES[name].tls_lines(port, certificate), **(changes or {})}
        with before(PROXIES[name], upstream, lines) as plain:
            yield Front(name, Place(f"127.0.0.1:{plain}"), Place(f"127.0.0.1:{port}"), certificate)
