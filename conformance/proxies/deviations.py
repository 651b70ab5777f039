"""What a proxy does otherwise than the others, and why; the tests hold each to it."""

WITHOUT_RFC_8441 = {
    "nginx": "has no extended CONNECT: it never sends SETTINGS_ENABLE_CONNECT_PROTOCOL",
    "caddy": "2.6 has no extended CONNECT: Go's HTTP/2 server does not know it there",
}
"""They speak HTTP/2; clients see that no WebSocket goes over it, and open it over HTTP/1.1."""

ENDS_STREAMS_SECOND = {
    "apache": "takes the end of the connection to wsgate for a half: it waits for the client's",
}
"""After both Closes the client has to end its side of the HTTP/2 stream before they end theirs."""

NEVER_CUTS = {
    "caddy": "its times bound requests; a connection that was upgraded it only copies",
}
"""Silence ends no WebSocket; without pings a client that is gone is never found."""

HEARS_ONLY_THE_CLIENT = {
    "lighttpd": "server.max-read-idle counts from what the client sent last: its pongs, at least",
}
"""For the others it is no silence while either side talks."""
