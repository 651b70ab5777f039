"""Debian's nginx before wsgate."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from signal import SIGTERM

from tests.e2e.proxy import Lines, Site, before

TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


class Nginx:
    """Workers run as www-data."""

    program = package = "nginx"
    configuration = "nginx.conf"
    ready = "start worker processes"
    stop = SIGTERM

    def lines(self, site: Site) -> Lines:
        paths = "".join(f"{name}_temp_path {site.folder}/{name};\n" for name in TEMPORARY)
        return {
            "http {\n": f"http {{\naccess_log off;\n{paths}",
            "listen 80;": f"listen 127.0.0.1:{site.port};",
            **_upstream_lines(site),
        }

    def tls_lines(self, port: int, certificate: Path) -> Lines:
        return {
            "# listen 443 ssl http2;": f"listen 127.0.0.1:{port} ssl http2;",
            "# ssl_certificate     /etc/ssl/certs/wsgate.pem;": f"ssl_certificate {certificate};",
            "# ssl_certificate_key /etc/ssl/private/wsgate.key;": (
                f"ssl_certificate_key {certificate};"
            ),
        }

    def idle_lines(self, seconds: int) -> Lines:
        return {"proxy_read_timeout 60s;": f"proxy_read_timeout {seconds}s;"}

    def command(self, program: str, configuration: Path) -> list[str]:
        folder = configuration.parent
        directives = f"daemon off; pid {folder}/pid; error_log stderr notice;"
        return [program, "-p", str(folder), "-c", str(configuration), "-g", directives]


def _upstream_lines(site: Site) -> Lines:
    if site.over_unix:
        unix = {"# server unix:/run/wsgate/wsgate.sock;": f"server {site.upstream};"}
        return {"server 127.0.0.1:8000;": "", **unix}
    return {"server 127.0.0.1:8000;": f"server {site.upstream};"}


NGINX = Nginx()
nginx = partial(before, NGINX)
