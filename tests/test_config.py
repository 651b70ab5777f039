"""The configuration checks itself, and says in one sentence which option is wrong and how."""

import dataclasses
import math
from typing import Any

import pytest

from wsgate.addresses import Address, Descriptor, Tcp, Unix, parse_address
from wsgate.config import OPTIONS, Config
from wsgate.errors import ConfigError, StartupError
from wsgate.options import parse_size, size_text

BOUNDED = [option for option in OPTIONS if option.bounds]
BY_NAME = {option.name: option for option in OPTIONS}


def config(**options: Any) -> Config:
    return Config(**{"app": "main:app", **options})


def refusal(**options: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        config(**options)
    return str(caught.value)


def test_only_the_application_is_required() -> None:
    assert config() == config(**{each.name: each.default for each in OPTIONS if each.name != "app"})
    with pytest.raises(TypeError, match="app"):
        Config()  # type: ignore[call-arg]


def test_the_application_may_be_the_object_itself() -> None:
    assert Config(app=config).app is config


def test_it_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        config().port = 1  # type: ignore[misc]


def test_its_error_ends_the_command_as_a_wrong_option_does() -> None:
    assert issubclass(ConfigError, StartupError)
    assert issubclass(ConfigError, ValueError)
    assert (StartupError.exit_code, ConfigError.exit_code) == (1, 2)


COMPANIONS: dict[tuple[str, float], dict[str, Any]] = {
    ("ssl_cert_reqs", 2): {"ssl_certfile": "server.pem", "ssl_ca_certs": "authority.pem"}
}
"""What a value of an option cannot do without."""


def test_every_number_has_a_lower_bound() -> None:
    numbers = {option.name for option in OPTIONS if {int, float} & {*option.types}}
    assert {option.name for option in BOUNDED} == numbers


@pytest.mark.parametrize("option", BOUNDED, ids=lambda option: option.name)
def test_bounds_belong_to_the_values(option: Any) -> None:
    kind = option.types[0]
    for bound in (option.minimum, option.maximum):
        options = {**COMPANIONS.get((option.name, bound), {}), option.name: kind(bound)}
        assert getattr(config(**options), option.name) == bound


@pytest.mark.parametrize("option", BOUNDED, ids=lambda option: option.name)
def test_a_value_out_of_bounds_is_refused(option: Any) -> None:
    below, above = option.minimum - 1, option.maximum + 1
    expected = f"{option.flag} must be at least {option.minimum:g}, not {below}"
    assert refusal(**{option.name: below}) == expected
    expected = f"{option.flag} must be at most {option.maximum:.12g}, not {above}"
    assert refusal(**{option.name: above}) == expected


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_a_value_of_another_type_is_refused(option: Any) -> None:
    sentence = refusal(**{option.name: {1, 2}})
    assert sentence.startswith(f"{option.flag} must ")
    assert sentence.endswith("{1, 2}")


NULLABLE = {
    *("uds", "uds_owner", "fd", "pid_file", "log_config", "use_colors"),
    *("limit_max_requests", "workers_lifetime", "workers_max_rss"),
    *("ws_max_frame_size", "ws_deflate_max_ratio"),
    *("limit_concurrency", "limit_connections", "limit_connections_per_client"),
    *("limit_connections_per_path", "limit_handshakes", "limit_handshake_rate"),
    *("access_log_file", "error_log_file"),
    *("ssl_certfile", "ssl_keyfile", "ssl_keyfile_password", "ssl_ciphers", "ssl_ca_certs"),
}


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_none_is_a_value_only_where_the_type_says_so(option: Any) -> None:
    if option.name in NULLABLE:
        assert getattr(config(**{option.name: None}), option.name) is None
    else:
        assert refusal(**{option.name: None}).startswith(option.flag)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"port": True}, "--port must be a whole number, not True"),
        ({"port": "80"}, "--port must be a whole number, not '80'"),
        ({"port": 80.0}, "--port must be a whole number, not 80.0"),
        ({"ws_max_size": "1MB"}, "--ws-max-size must be a number of bytes, also as 64KiB or 16MiB, "
         "not '1MB'"),
        ({"ws_ping_timeout": True}, "--ws-ping-timeout must be a number, not True"),
        ({"ws_ping_timeout": math.nan}, "--ws-ping-timeout must be at least 0, not nan"),
        ({"ws_ping_timeout": math.inf}, "--ws-ping-timeout must be at most 1e+15, not inf"),
        ({"port": 65_536}, "--port must be at most 65535, not 65536"),
        ({"port": -1}, "--port must be at least 0, not -1"),
        ({"access_log": 1}, "--access-log must be true or false, not 1"),
        ({"log_config": 5}, "--log-config must be a text or a dictionary, not 5"),
        ({"app": 5}, "APP must be a text or a callable, not 5"),
        (
            {"app": ""},
            "APP must name the application as module:attribute, for example main:app",
        ),
        ({"host": ""}, "--host must not be empty"),
        ({"http": "h2"}, "--http must be one of httptools, h11, not 'h2'"),
        ({"log_level": "INFO"}, "--log-level must be one of critical, error, warning, info, "
         "debug, trace, not 'INFO'"),
        ({"uds": "/run/a", "fd": 3}, "--uds and --fd exclude each other: give one of them"),
        ({"bind": ["a:1"], "host": "b"}, "--bind and --host exclude each other: "
         "say it with --bind alone"),
        ({"bind": ["a:1"], "fd": 3},
         "--bind and --fd exclude each other: say it with --bind alone"),
        ({"forwarded_fields": "via"}, "--forwarded-fields must list some of forwarded, "
         "x-forwarded-for, x-forwarded-host, x-forwarded-port, x-forwarded-proto, not 'via'"),
        ({"forwarded_fields": "forwarded,x-forwarded-for"}, "--forwarded-fields must be "
         "\"forwarded\" alone: a proxy tells in one way or in the other"),
        ({"uds_mode": "0o660"}, "--uds-mode must be octal digits such as 660, not '0o660'"),
        ({"uds_mode": "888"}, "--uds-mode must be octal digits such as 660, not '888'"),
        ({"log_redact": ["token", ""]}, "--log-redact must not be empty"),
        ({"ssl_version": 5}, "--ssl-version must be 17 (PROTOCOL_TLS_SERVER): both sides agree on "
         "a version, and the oldest that may be is --ssl-min-version, not 5"),
        ({"ssl_keyfile": "a"}, "--ssl-keyfile needs --ssl-certfile: give a certificate, too"),
        ({"ssl_certfile": "a", "ssl_cert_reqs": 2},
         "--ssl-cert-reqs 2 needs --ssl-ca-certs: nobody would be known"),
        ({"ssl_certfile": "a", "ssl_ca_certs": "b"},
         "--ssl-ca-certs needs --ssl-cert-reqs 1 or 2: no certificate is asked for"),
        ({"proxy_protocol": True, "forwarded_allow_ips": []},
         "--proxy-protocol needs --forwarded-allow-ips: nobody is trusted"),
        ({"uds_mode": 0o660}, "--uds-mode must be a text, not 432"),
        ({"root_path": "api"}, "--root-path must begin with \"/\" and not end with one, not 'api'"),
        ({"root_path": "/a/"}, "--root-path must begin with \"/\" and not end with one, not '/a/'"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)  # fmt: skip
def test_the_sentence_names_the_option_and_the_mend(options: dict[str, Any], sentence: str) -> None:
    assert refusal(**options) == sentence


def test_a_size_may_be_written_with_its_unit() -> None:
    assert config(ws_max_size="1MiB").ws_max_size == 1024 * 1024


def test_whole_seconds_become_floats() -> None:
    interval = config(ws_ping_interval=20).ws_ping_interval
    assert (type(interval), interval) == (float, 20.0)


@pytest.mark.parametrize("path", ["", "/api", "/a/b"])
def test_root_path(path: str) -> None:
    assert config(root_path=path).root_path == path


@pytest.mark.parametrize(
    ("headers", "kept"),
    [
        pytest.param((), (), id="none"),
        pytest.param(["X-Frame-Options: DENY"], ((b"x-frame-options", b"DENY"),), id="text"),
        pytest.param([("X-A", "1")], ((b"x-a", b"1"),), id="pair"),
        pytest.param([["X-A", "1"]], ((b"x-a", b"1"),), id="list"),
        pytest.param([(b"X-A", b"\xe9")], ((b"x-a", b"\xe9"),), id="bytes"),
        pytest.param(["Via:  1.1 x:80\t"], ((b"via", b"1.1 x:80"),), id="white-space"),
        pytest.param(["X-A:"], ((b"x-a", b""),), id="empty-value"),
        pytest.param(("X-A: \xe9", "X-A: 2"), ((b"x-a", b"\xe9"), (b"x-a", b"2")), id="twice"),
    ],
)
def test_headers_are_kept_as_pairs_of_bytes(headers: Any, kept: Any) -> None:
    assert config(headers=headers).headers == kept
    assert config(headers=kept).headers == kept


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        pytest.param("X-A", "\"Name: value\", not 'X-A'", id="no-colon"),
        pytest.param(("X-A",), "\"Name: value\", not ('X-A',)", id="no-value"),
        pytest.param(5, '"Name: value", not 5', id="number"),
        pytest.param(": 1", "the name of a header field, not ''", id="no-name"),
        pytest.param("X A: 1", "not 'X A'", id="space-in-name"),
        pytest.param("X-A : 1", "not 'X-A '", id="space-before-colon"),
        pytest.param("X-\u212a: 1", "not 'X-\u212a'", id="name-lowers-to-ascii"),
        pytest.param("X-A: 1\r\nX-B: 2", "one line of Latin-1", id="crlf"),
        pytest.param("X-A: 1\n", "one line of Latin-1", id="lf-at-the-end"),
        pytest.param("X-A\n: 1", "the name of a header field", id="lf-in-name"),
        pytest.param("X-A: \0", "control characters", id="nul"),
        pytest.param("X-A: \u20ac", "one line of Latin-1", id="not-latin-1"),
        pytest.param("Content-Length: 5", "leave 'content-length' to the server", id="length"),
        pytest.param("Connection: close", "leave 'connection' to the server", id="connection"),
        pytest.param(
            "Sec-WebSocket-Protocol: chat", "leave 'sec-websocket-protocol'", id="handshake"
        ),
    ],
)
def test_a_header_that_cannot_be_sent_is_refused(header: Any, problem: str) -> None:
    sentence = refusal(headers=[header])
    assert sentence.startswith("--header must ")
    assert problem in sentence


@pytest.mark.parametrize(
    ("peers", "kept"),
    [
        pytest.param("*", ("*",), id="everybody"),
        pytest.param("", (), id="nobody"),
        pytest.param("127.0.0.1, 10.0.0.0/8,,", ("127.0.0.1", "10.0.0.0/8"), id="text"),
        pytest.param(["::1", "unix:", "fd00::/8"], ("::1", "unix:", "fd00::/8"), id="list"),
    ],
)
def test_trusted_peers(peers: Any, kept: tuple[str, ...]) -> None:
    assert config(forwarded_allow_ips=peers).forwarded_allow_ips == kept


@pytest.mark.parametrize("peer", ["localhost", "10.0.0.256", "10.0.0.1/8", "unix:/run/a", " ::1"])
def test_a_peer_that_is_no_address_is_refused(peer: str) -> None:
    sentence = refusal(forwarded_allow_ips=[peer])
    assert sentence.startswith("--forwarded-allow-ips must list addresses, networks, ")
    assert repr(peer) in sentence


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:8000", Tcp("127.0.0.1", 8000)),
        ("localhost:0", Tcp("localhost", 0)),
        ("[::1]:65535", Tcp("::1", 65_535)),
        ("[fe80::1%eth0]:80", Tcp("fe80::1%eth0", 80)),
        ("unix:/run/a b.sock", Unix("/run/a b.sock")),
        ("unix:relative", Unix("relative")),
        ("fd://3", Descriptor(3)),
    ],
)
def test_addresses(text: str, address: Address) -> None:
    assert parse_address(text) == address
    assert config(bind=[text]).bind == (text,)


@pytest.mark.parametrize(
    "text",
    ["", "8000", ":8000", "a:", "a:b", "a:65536", "a:-1", "a:\u0661", "::1:80", "[::1]", "[a]:1",
     "http://a:1", "a b:1", "a\0:1", "unix:", "fd://", "fd://x", 5],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: Any) -> None:
    assert refusal(bind=[text]) == (
        f"--bind must be HOST:PORT, [IPV6]:PORT, unix:PATH or fd://NUMBER, not {str(text)!r}"
    )


@pytest.mark.parametrize(
    "origin",
    [
        "https://example.com",
        "http://[::1]:8000",
        "chrome-extension://abcdefgh",
        "null",
        "same-origin",
        "none",
    ],
)
def test_origins(origin: str) -> None:
    assert config(allow_origins=[origin]).allow_origins == (origin,)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("HTTPS://Example.COM", "https://example.com"),
        ("https://example.com:443", "https://example.com"),
        ("http://example.com:80", "http://example.com"),
        ("http://[::1]:80", "http://[::1]"),
        ("http://[::80]", "http://[::80]"),
        ("http://example.com:443", "http://example.com:443"),
        ("chrome-extension://abc:80", "chrome-extension://abc:80"),
    ],
)
def test_origins_are_kept_as_browsers_write_them(given: str, kept: str) -> None:
    assert config(allow_origins=[given]).allow_origins == (kept,)


@pytest.mark.parametrize(
    "origin",
    ["*", "", "example.com", "https://", "https://a/", "https://a b", "https://\u212a.com", 5],
)
def test_an_origin_that_no_browser_sends_is_refused(origin: Any) -> None:
    sentence = refusal(allow_origins=[origin])
    assert sentence.startswith("--allow-origin must be an origin such as https://example.com")


def test_a_text_is_not_taken_for_a_list_of_letters() -> None:
    assert refusal(allow_origins="null") == "--allow-origin must be a list, not 'null'"
    assert refusal(headers="A: b") == "--header must be a list, not 'A: b'"


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("16777216", 16 * 1024 * 1024),
        ("16MiB", 16 * 1024 * 1024),
        ("16 MiB", 16 * 1024 * 1024),
        ("16M", 16 * 1024 * 1024),
        ("64KiB", 64 * 1024),
        (" 64k ", 64 * 1024),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "MiB", "-1", "1.5M", "16MB", "16G", "1_000", "\u0661", "1  K"]
)
def test_a_text_that_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be a number of bytes, also as 64KiB or 16MiB"):
        parse_size(text)


@pytest.mark.parametrize(
    ("size", "text"),
    [(1000, "1000 bytes"), (1024, "1 KiB"), (3 * 1024 * 1024, "3 MiB"), (1025 * 1024, "1025 KiB")],
)
def test_sizes_are_shown_with_the_largest_unit_that_fits(size: int, text: str) -> None:
    assert size_text(size) == text
    assert parse_size(text.removesuffix(" bytes")) == size


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("app", "required"),
        ("host", "127.0.0.1"),
        ("port", "8000"),
        ("uds", ""),
        ("factory", "off"),
        ("access_log", "on"),
        ("use_colors", "on at a terminal"),
        ("forwarded_allow_ips", "127.0.0.1, ::1, unix:"),
        ("headers", "none"),
        ("allow_origins", "everybody"),
        ("ws_max_size", "16 MiB"),
        ("ws_max_queue", "32"),
        ("ws_ping_interval", "20 s"),
    ],
)
def test_defaults_are_shown_as_a_person_writes_them(name: str, text: str) -> None:
    assert BY_NAME[name].default_text == text
