import pytest

from wsgate.websocket.handshake import HandshakeError, check_origin

SITE = "https://example.com"


def page(host: bytes, *origins: bytes) -> list[tuple[bytes, bytes]]:
    """Headers of a request to `host` with these Origin fields."""
    return [(b"host", host), *((b"origin", origin) for origin in origins)]


@pytest.mark.parametrize(
    ("origin", "allowed", "scheme"),
    [
        pytest.param([], [], "http", id="U14-anybody-without"),
        pytest.param([b"https://evil.example"], [], "http", id="U14-anybody"),
        pytest.param([SITE.encode()], [SITE], "http", id="U14-exact"),
        pytest.param([b"null"], ["null"], "http", id="U14-null-listed"),
        pytest.param([], [SITE, "none"], "http", id="U14-none-listed"),
        pytest.param([b"https://example.com"], ["same-origin"], "https", id="U14-same"),
        pytest.param([b"https://example.com"], ["same-origin"], "wss", id="U14-same-wss"),
        pytest.param([b"http://example.com"], ["same-origin"], "ws", id="U14-same-ws"),
        pytest.param([b"https://a.example"], [SITE, "https://a.example"], "http", id="U14-second"),
    ],
)
def test_allowed_origins(origin: list[bytes], allowed: list[str], scheme: str) -> None:
    check_origin(page(b"example.com", *origin), allowed, scheme)


@pytest.mark.parametrize(
    ("origin", "allowed", "scheme", "status"),
    [
        pytest.param([b"https://evil.example"], [SITE], "http", 403, id="U14-not-listed"),
        pytest.param([b"https://example.com.evil"], [SITE], "http", 403, id="U14-suffix"),
        pytest.param([b"https://evil-example.com"], [SITE], "http", 403, id="U14-prefix"),
        pytest.param([b"http://example.com"], [SITE], "http", 403, id="U14-scheme"),
        pytest.param([b"https://example.com:444"], [SITE], "http", 403, id="U14-port"),
        pytest.param([b"https://example.com, x"], [SITE], "http", 403, id="U14-list"),
        pytest.param([b""], [SITE], "http", 403, id="U14-empty"),
        pytest.param([b"\xff"], [SITE], "http", 403, id="U14-not-ascii"),
        pytest.param([b"null"], [SITE, "same-origin", "none"], "http", 403, id="U14-null"),
        pytest.param([], [SITE, "null"], "http", 403, id="U14-without"),
        pytest.param([b"none"], ["none"], "http", 403, id="U14-says-none"),
        pytest.param([b"same-origin"], ["same-origin"], "http", 403, id="U14-says-same-origin"),
        pytest.param([b"http://example.com"], ["same-origin"], "https", 403, id="U14-page-http"),
        pytest.param([b"https://evil.example"], ["same-origin"], "https", 403, id="U14-other"),
        pytest.param([SITE.encode()] * 2, [SITE], "http", 400, id="U14-twice"),
        pytest.param([SITE.encode()] * 2, [], "http", 400, id="U14-twice-anybody"),
    ],
)
def test_refused_origins(origin: list[bytes], allowed: list[str], scheme: str, status: int) -> None:
    with pytest.raises(HandshakeError) as refused:
        check_origin(page(b"example.com", *origin), allowed, scheme)
    assert refused.value.status == status


@pytest.mark.parametrize(
    ("host", "origin", "scheme"),
    [
        pytest.param(b"localhost:8000", b"http://localhost:8000", "http", id="U14-port"),
        pytest.param(b"Example.COM", b"http://example.com", "http", id="U14-case"),
        pytest.param(b"example.com:80", b"http://example.com", "ws", id="U14-http-port"),
        pytest.param(b"example.com:443", b"https://example.com", "wss", id="U14-https-port"),
        pytest.param(b"[::1]:8000", b"http://[::1]:8000", "http", id="U14-ipv6"),
        pytest.param(b"[::80]", b"http://[::80]", "http", id="U14-ipv6-like-a-port"),
    ],
)
def test_the_same_origin_is_scheme_and_host(host: bytes, origin: bytes, scheme: str) -> None:
    check_origin(page(host, origin), ["same-origin"], scheme)
    with pytest.raises(HandshakeError):
        check_origin(page(b"x." + host, origin), ["same-origin"], scheme)
