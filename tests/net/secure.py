"""A client of TLS for these tests, and the certificates of a test's own folder."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from typing import NamedTuple

from tests.client import Client
from tests.e2e.certificate import make_certificate
from tests.serving import TIMEOUT, Serving

TLS_1_2, TLS_1_3 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


class Trust(NamedTuple):
    """The server's certificate, that of a client, and whom the server knows to sign the latter."""

    server: Path
    client: Path
    authority: Path


def make_trust(folder: Path) -> Trust:
    authority = make_certificate(folder, "authority", subject="/CN=Authority")
    subject = r"/C=DE/O=Müller, Söhne\+Co./OU=#1/CN=a client "
    client = make_certificate(folder, "client", subject=subject, signed_by=authority)
    return Trust(make_certificate(folder), client, authority)


def context(
    trusted: Path, *, version: ssl.TLSVersion = TLS_1_3, own: Path | None = None
) -> ssl.SSLContext:
    """What a client speaks: one version, and with a certificate where it has its own."""
    made = ssl.create_default_context(cafile=trusted)
    made.minimum_version = made.maximum_version = version
    if own is not None:
        made.load_cert_chain(own)
    return made


def secure(server: Serving, rules: ssl.SSLContext) -> Client:
    """Connect and shake hands; an end of the stream without close_notify is an error."""
    sock = server.connect()
    try:
        return Client(
            rules.wrap_socket(sock, server_hostname="127.0.0.1", suppress_ragged_eofs=False)
        )
    except OSError:
        sock.close()
        raise


def without_tls(client: Client) -> socket.socket:
    """The connection itself, on which the client has spoken TLS until now."""
    sock = socket.socket(fileno=client.sock.detach())
    sock.settimeout(TIMEOUT)
    return sock
