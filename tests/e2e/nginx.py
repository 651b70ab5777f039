"""Debian's nginx before wsgate."""

from functools import partial

from tests.e2e.proxy import Proxy, before

TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
PATHS = "".join(f"{name}_temp_path {{folder}}/{name};\n" for name in TEMPORARY)

NGINX = Proxy(
    program="nginx",
    package="nginx",
    configuration="nginx.conf",
    command=(
        *("-p", "{folder}", "-c", "{configuration}"),
        *("-g", "daemon off; pid {folder}/pid; error_log stderr notice;"),
    ),
    ready="start worker processes",
    listen={
        "http {\n": f"http {{{{\naccess_log off;\n{PATHS}",
        "listen 80;": "listen 127.0.0.1:{port};",
    },
    tcp={"server 127.0.0.1:8000;": "server {host}:{port};"},
    unix={
        "server 127.0.0.1:8000;": "",
        "# server unix:/run/wsgate/wsgate.sock;": "server unix:{path};",
    },
    tls={
        "# listen 443 ssl http2;": "listen 127.0.0.1:{port} ssl http2;",
        "# ssl_certificate     /etc/ssl/certs/wsgate.pem;": "ssl_certificate {certificate};",
        "# ssl_certificate_key /etc/ssl/private/wsgate.key;": "ssl_certificate_key {certificate};",
    },
    idle={"proxy_read_timeout 60s;": "proxy_read_timeout {seconds}s;"},
)

nginx = partial(before, NGINX)
