"""The proxies, each with the lines that a test changes in what deploy/ ships for it."""

from signal import SIGINT, SIGUSR1

from tests.e2e.nginx import NGINX
from tests.e2e.proxy import Proxy

ITSELF = """backend itself
    option log-health-checks
    server listens 127.0.0.1:{port} check inter 1m
"""
"""HAProxy says nothing when it has started; so it looks whether it listens, and says that."""

HAPROXY = Proxy(
    program="haproxy",
    package="haproxy",
    configuration="haproxy.cfg",
    command=("-db", "-f", "{configuration}"),
    ready="Health check for server itself/listens succeeded",
    stop=SIGUSR1,  # at SIGTERM it exits with 143
    listen={
        "bind :80\n": "bind 127.0.0.1:{port}\n",
        "backend wsgate\n    #": f"{ITSELF}backend wsgate\n    #",
    },
    tcp={"server wsgate 127.0.0.1:8000": "server wsgate {host}:{port}"},
    unix={
        "server wsgate 127.0.0.1:8000": "#",
        "# server wsgate unix@/run/wsgate/wsgate.sock": "server wsgate unix@{path}",
    },
    tls={
        "# bind :443 ssl crt /etc/haproxy/wsgate.pem": (
            "bind 127.0.0.1:{port} ssl crt {certificate}"
        ),
    },
    idle={"timeout tunnel 60s": "timeout tunnel {seconds}s"},
)

APACHE = Proxy(
    program="apache2",
    package="apache2",
    configuration="apache.conf",
    command=("-D", "FOREGROUND", "-f", "{configuration}"),
    ready="resuming normal operations",
    listen={
        "Listen 80\n": "Listen 127.0.0.1:{port}\n",
        "PidFile /run/wsgate-apache.pid": "PidFile {folder}/pid",
        "DefaultRuntimeDir /run\n": "DefaultRuntimeDir {folder}\n",
        "ErrorLog /var/log/apache2/wsgate.log": "ErrorLog /dev/stderr",
    },
    tcp={"http://127.0.0.1:8000/": "http://{host}:{port}/"},
    unix={
        "ProxyPass / http://127.0.0.1:8000/": "#",
        "# ProxyPass / unix:/run/wsgate/wsgate.sock|": "ProxyPass / unix:{path}|",
    },
    tls={
        "# Listen 443\n": "Listen 127.0.0.1:{port}\n",
        "# <VirtualHost *:443>": "<VirtualHost *:{port}>",
        "#     SSLEngine on": "SSLEngine on",
        "#     SSLCertificateFile    /etc/ssl/certs/wsgate.pem": "SSLCertificateFile {certificate}",
        "#     SSLCertificateKeyFile /etc/ssl/private/wsgate.key": (
            "SSLCertificateKeyFile {certificate}"
        ),
        "# </VirtualHost>": "</VirtualHost>",
    },
    idle={"Timeout 60\n": "Timeout {seconds}\n"},
)

LIGHTTPD = Proxy(
    program="lighttpd",
    package="lighttpd",
    configuration="lighttpd.conf",
    command=("-D", "-f", "{configuration}"),
    ready="server started",
    stop=SIGINT,  # at SIGTERM it exits with 1 where a connection is open
    listen={
        "server.port = 80\n": 'server.port = {port}\nserver.bind = "127.0.0.1"\n',
        '"/var/cache/lighttpd/uploads"': '"/tmp"',
    },
    tcp={'"host" => "127.0.0.1", "port" => 8000,': '"host" => "{host}", "port" => {port},'},
    unix={
        '"host" => "127.0.0.1", "port" => 8000,': "",
        '# "host" => "/run/wsgate/wsgate.sock",': '"host" => "{path}",',
    },
    tls={
        '# $SERVER["socket"] == ":443" {': '$SERVER["socket"] == "127.0.0.1:{port}" {{',
        '#     ssl.engine  = "enable"': 'ssl.engine = "enable"',
        '#     ssl.pemfile = "/etc/ssl/private/wsgate.pem"\n# }': (
            'ssl.pemfile = "{certificate}"\n}}'
        ),
    },
    idle={"server.max-read-idle = 60": "server.max-read-idle = {seconds}"},
)

CADDY = Proxy(
    program="caddy",
    package="caddy",
    configuration="Caddyfile",
    environment=("XDG_CONFIG_HOME={folder}",),
    command=("run", "--adapter", "caddyfile", "--config", "{configuration}"),
    ready="serving initial configuration",
    listen={
        "admin off\n": "admin off\nauto_https off\nstorage file_system {folder}\n",
        ":80 {": ":{port} {{\nbind 127.0.0.1",
    },
    tcp={"to 127.0.0.1:8000": "to {host}:{port}"},
    unix={
        "to 127.0.0.1:8000": "#",
        "# to unix//run/wsgate/wsgate.sock": "to unix/{path}",
    },
    tls={
        "# shop.example {": ":{port} {{\nbind 127.0.0.1",
        "#\ttls /etc/ssl/certs/wsgate.pem /etc/ssl/private/wsgate.key": (
            "tls {certificate} {certificate}"
        ),
        "#\timport wsgate\n# }": "import wsgate\n}}",
    },
    idle={"idle 60s": "idle {seconds}s"},
)

PROXIES = {
    "nginx": NGINX,
    "haproxy": HAPROXY,
    "apache": APACHE,
    "lighttpd": LIGHTTPD,
    "caddy": CADDY,
}
