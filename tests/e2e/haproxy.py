"""Debian's HAProxy before wsgate, with a PROXY header in front of each connection."""

from functools import partial
from signal import SIGUSR1

from tests.e2e.proxy import Lines, Proxy, before

HAPROXY_TCP = Proxy(
    program="haproxy",
    package="haproxy",
    configuration="haproxy-tcp.cfg",
    command=("-db", "-f", "{configuration}"),
    # It says nothing when it has started; so it asks wsgate something itself, and says that.
    ready="Health check for server wsgate/wsgate succeeded, .* code: 200",
    stop=SIGUSR1,  # at SIGTERM it exits with 143
    listen={
        "bind :80\n": "bind 127.0.0.1:{port}\n",
        "backend wsgate\n    #": (
            "backend wsgate\noption log-health-checks\noption httpchk GET /greeting\n"
            "default-server check inter 1m\n#"
        ),
    },
    tcp={"server wsgate 127.0.0.1:8000": "server wsgate {host}:{port}"},
    unix={
        "server wsgate 127.0.0.1:8000": "#",
        "# server wsgate unix@/run/wsgate/wsgate.sock": "server wsgate unix@{path}",
    },
    tls={
        "# bind :443 ssl crt /etc/haproxy/wsgate.pem alpn": (
            "bind 127.0.0.1:{port} ssl crt {certificate} alpn"
        ),
    },
    idle={"timeout client 60s": "timeout client {seconds}s"},
)

haproxy_tcp = partial(before, HAPROXY_TCP)
"""HAProxy with the lines of deploy/haproxy-tcp.cfg."""


def header_lines(header: str) -> Lines:
    """Have it write this PROXY header: ``send-proxy``, ``send-proxy-v2`` …"""
    return {"default-server send-proxy-v2-ssl": f"default-server {header}"}
