"""Where an application can be reached: directly and behind nginx, and what is fetched there."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.message import Message
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any, NamedTuple

from tests.e2e.certificate import make_certificate
from tests.e2e.command import wsgate
from tests.e2e.nginx import nginx
from tests.e2e.process import TIMEOUT
from tests.e2e.proxy import open_folder

PATHS = {
    "httptools-uvloop": ("--http", "httptools", "--loop", "uvloop"),
    "h11-asyncio": ("--http", "h11", "--loop", "asyncio"),
}
"""The options of both parsers and both event loops."""

PLACES = (*PATHS, "nginx-tcp", "nginx-unix")
"""Directly on each path, and both ways to reach wsgate behind nginx (one with each parser)."""


class Answer(NamedTuple):
    """A response."""

    status: int
    headers: Message
    body: bytes

    @property
    def value(self) -> Any:
        """What the body says in JSON."""
        return json.loads(self.body)


class Place(NamedTuple):
    """Host and port where clients connect; address: as in a URL, ``127.0.0.1:8000``.

    authority: where TLS is spoken, the file of who has signed the certificate.
    """

    address: str
    authority: Path | None = None

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    @property
    def http(self) -> str:
        return f"{'https' if self.authority else 'http'}://{self.address}"

    @property
    def ws(self) -> str:
        return f"{'wss' if self.authority else 'ws'}://{self.address}"

    @property
    def tls(self) -> ssl.SSLContext | None:
        """What clients speak there; None for plain text."""
        return ssl.create_default_context(cafile=self.authority) if self.authority else None

    def connect(self, source: str = "127.0.0.1") -> socket.socket:
        """Open a TCP connection, from another address of the loopback where that is to be seen."""
        return socket.create_connection(("127.0.0.1", self.port), TIMEOUT, (source, 0))

    @contextmanager
    def connection(self) -> Iterator[HTTPConnection]:
        """Open a connection for several requests."""
        if tls := self.tls:
            connection: HTTPConnection = HTTPSConnection(self.address, timeout=TIMEOUT, context=tls)
        else:
            connection = HTTPConnection(self.address, timeout=TIMEOUT)
        try:
            yield connection
        finally:
            connection.close()

    def fetch(
        self,
        target: str,
        method: str = "GET",
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request; body: bytes, text or an iterable of bytes, which goes in chunks."""
        with self.connection() as connection:
            return fetch(connection, target, method, body, headers)


@contextmanager
def serving_tls(application: str, path: str, *options: str) -> Iterator[Place]:
    """Serve an application on one of PATHS over TLS, which wsgate itself ends."""
    with open_folder() as folder:
        certificate = make_certificate(Path(folder))
        tls = ("--ssl-certfile", str(certificate), *options)
        with wsgate(application, *PATHS[path], *tls) as command:
            yield Place(command.address, certificate)


def fetch(
    connection: HTTPConnection,
    target: str,
    method: str = "GET",
    body: Any = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Send a request over an open connection."""
    connection.request(method, target, body, dict(headers or {}))
    response = connection.getresponse()
    return Answer(response.status, response.headers, response.read())


@contextmanager
def serving(application: str, place: str) -> Iterator[Place]:
    """Serve an application at one of PLACES."""
    if place == "nginx-unix":
        with (
            open_folder() as folder,
            wsgate(application, "--http", "h11", "--uds", f"{folder}/wsgate.sock") as command,
            nginx(command.address) as port,
        ):
            yield Place(f"127.0.0.1:{port}")
    elif place == "nginx-tcp":
        with wsgate(application) as command, nginx(command.address) as port:
            yield Place(f"127.0.0.1:{port}")
    else:
        with wsgate(application, *PATHS[place]) as command:
            yield Place(command.address)
