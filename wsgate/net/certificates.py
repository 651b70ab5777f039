"""What TLS is served with: certificate, key and rules, and newer ones when the files change.

A connection keeps what it began with. New credentials are made whole before they take the place of
the old ones: files that cannot be used change nothing.
"""

from __future__ import annotations

import logging
import os
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from wsgate.config import Config
from wsgate.errors import StartupError
from wsgate.net.clock import Clock, Deadline

logger = logging.getLogger("wsgate.error")

LOOK_EVERY = 2.0
"""Seconds between two looks at the files."""

_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
_CERTIFICATE = re.compile("-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n?", re.DOTALL)


class Credentials:
    """What connections of one time are served with.

    certificate: our own, in PEM. suites: the number of each cipher suite, by OpenSSL's name.
    asking: whether clients are asked for a certificate. Raises StartupError, in a sentence that
    names the option, where it cannot be made.
    """

    __slots__ = ("asking", "certificate", "context", "suites")

    def __init__(self, config: Config) -> None:
        self.certificate = _first_certificate(f"{config.ssl_certfile}")
        self.context = _context(config)
        self.asking = self.context.verify_mode is not ssl.CERT_NONE
        self.suites = {each["name"]: each["id"] & 0xFFFF for each in self.context.get_ciphers()}


class Certificates:
    """The credentials of now; raises as `Credentials`."""

    def __init__(self, config: Config) -> None:
        self._config = config
        files = (config.ssl_certfile, config.ssl_keyfile, config.ssl_ca_certs)
        self._files = [path for path in files if path is not None]
        self._loaded = self._seen = self._look()
        self.current = Credentials(config)

    def reload(self) -> None:
        """Serve new connections with what the files hold now; log it, or why not."""
        self._loaded = self._seen = self._look()
        try:
            self.current = Credentials(self._config)
        except StartupError as error:
            logger.error("The certificate in use stays: %s", error)
        else:
            logger.info("New connections are served with the certificate as it is now")

    def watch(self, clock: Clock) -> None:
        """Look at the files from time to time, and load them when they have changed."""
        self._deadline = Deadline(clock, self)
        self._deadline.arm(LOOK_EVERY)

    def deadline_reached(self) -> None:
        """Load what has changed once it stays so: files are written one after another."""
        before, self._seen = self._seen, self._look()
        if self._seen == before and self._seen != self._loaded:
            self.reload()
        self._deadline.arm(LOOK_EVERY)

    def _look(self) -> list[object]:
        return [_state_of(path) for path in self._files]


def certificates_of(config: Config) -> Certificates | None:
    """Load what the configuration names; None where it says nothing of TLS."""
    return None if config.ssl_certfile is None else Certificates(config)


def _state_of(path: str) -> object:
    """What is another one once the file has changed, or the link that leads to it."""
    try:
        found = os.stat(path)
    except (OSError, ValueError) as error:
        return str(error)
    return found.st_mtime_ns, found.st_ino, found.st_size


def _context(config: Config) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _VERSIONS[config.ssl_min_version]
    # A client that asks for new keys again and again costs us more than itself (R20).
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    _load_pair(context, f"{config.ssl_certfile}", config.ssl_keyfile, config.ssl_keyfile_password)
    if config.ssl_ca_certs is not None:
        text = _read("--ssl-ca-certs", config.ssl_ca_certs)
        with _refusing(f"--ssl-ca-certs {config.ssl_ca_certs!r}", "give certificates in PEM"):
            context.load_verify_locations(cadata=text)
    context.verify_mode = ssl.VerifyMode(config.ssl_cert_reqs)
    if config.ssl_ciphers is not None:
        mend = "name ciphers of TLS 1.2 as `openssl ciphers` does"
        with _refusing(f"--ssl-ciphers {config.ssl_ciphers!r}", mend):
            context.set_ciphers(config.ssl_ciphers)
    return context


def _load_pair(
    context: ssl.SSLContext, certificate: str, key: str | None, password: str | None
) -> None:
    asked = False

    def answer() -> str:
        """Give the password; the terminal would be asked otherwise."""
        nonlocal asked
        asked = True
        return password or ""

    named = f"--ssl-certfile {certificate!r}"
    if key is not None:
        _read("--ssl-keyfile", key)
        named = f"--ssl-keyfile {key!r}"
    try:
        with _refusing(named, "give the private key of the certificate, in PEM"):
            context.load_cert_chain(certificate, key, answer)
    except StartupError as error:
        if not asked:
            raise
        wrong = "needs a password" if password is None else "needs another password"
        raise StartupError(f"{named} {wrong}: give it with --ssl-keyfile-password") from error


def _first_certificate(path: str) -> str:
    """The certificate itself, without the chain behind it."""
    found = _CERTIFICATE.search(_read("--ssl-certfile", path))
    if found is None:
        raise StartupError(
            f"--ssl-certfile {path!r} holds no certificate: give a file of certificates in PEM"
        )
    return found[0]


def _read(flag: str, path: str) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise StartupError(
            f"{flag} {path!r} cannot be read ({reason}): give the path of a file in PEM"
        ) from error


@contextmanager
def _refusing(named: str, mend: str) -> Iterator[None]:
    """Say in a sentence what OpenSSL says in words of its own; its error is an OSError."""
    try:
        yield
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or "PEM or name not understood"
        words = reason.replace("_", " ").lower()
        raise StartupError(f"{named} cannot be used ({words}): {mend}") from error
