"""TLS, where the server ends it itself."""

from dataclasses import dataclass, field
from typing import Literal

from wsgate.conversions import negotiated_version, not_empty
from wsgate.options import option

GROUP = "TLS"


@dataclass(frozen=True, kw_only=True)
class TlsSettings:
    """TLS, where the server ends it itself."""

    ssl_certfile: str | None = field(
        default=None,
        metadata=option(
            GROUP,
            "Serve https and wss with this certificate: a PEM file, the chain behind it.",
            convert=not_empty,
        ),
    )
    ssl_keyfile: str | None = field(
        default=None,
        metadata=option(
            GROUP,
            "Private key of the certificate: a PEM file.",
            unset="in the file of the certificate",
            convert=not_empty,
        ),
    )
    ssl_keyfile_password: str | None = field(
        default=None,
        repr=False,
        metadata=option(
            GROUP,
            "Password of the private key; other users of the machine may see it on the command "
            "line, and not in a variable.",
            secret=True,
        ),
    )
    ssl_version: int = field(
        default=17,
        metadata=option(
            GROUP,
            "As uvicorn has it, and 17 only: a version that both sides agree on, bounded by "
            "--ssl-min-version.",
            minimum=2,
            maximum=17,
            convert=negotiated_version,
        ),
    )
    ssl_min_version: Literal["1.2", "1.3"] = field(
        default="1.2", metadata=option(GROUP, "Oldest version of TLS that a client may speak.")
    )
    ssl_ciphers: str | None = field(
        default=None,
        metadata=option(
            GROUP,
            "Ciphers for TLS 1.2, as `openssl ciphers` takes them; those of TLS 1.3 are all good.",
            unset="those of Python",
            convert=not_empty,
        ),
    )
    ssl_cert_reqs: int = field(
        default=0,
        metadata=option(
            GROUP,
            "Certificates of clients: 0 asks for none, 1 takes a good one or none, 2 demands one.",
            minimum=0,
            maximum=2,
        ),
    )
    ssl_ca_certs: str | None = field(
        default=None,
        metadata=option(
            GROUP,
            "Authorities that sign certificates of clients: a PEM file.",
            convert=not_empty,
        ),
    )
    ssl_handshake_timeout: float = field(
        default=10.0,
        metadata=option(
            GROUP,
            "Time for the TLS handshake, from the accept of the connection.",
            unit="seconds",
            minimum=0.01,
        ),
    )
