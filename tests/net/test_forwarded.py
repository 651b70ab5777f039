"""Whom a request comes from, by what trusted proxies say of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsgate.config import Config
from wsgate.net.forwarded import ForwardedPolicy

PROXY = ("127.0.0.1", 40_000)
Headers = list[tuple[bytes, bytes]]


@pytest.fixture
def default() -> ForwardedPolicy:
    return ForwardedPolicy(Config(app="a:b").forwarded_allow_ips)


def forwarded_for(*values: bytes) -> Headers:
    return [
        (b"host", b"example.com"),
        *((b"x-forwarded-for", value) for value in values),
        (b"x-forwarded-foreign", b"198.51.100.1"),
    ]


@pytest.mark.parametrize(
    ("trusted", "peer", "expected"),
    [
        pytest.param(["127.0.0.1"], ("127.0.0.1", 5), True, id="address"),
        pytest.param(["127.0.0.1"], ("127.0.0.2", 5), False, id="another-address"),
        pytest.param(["127.0.0.1"], ("::ffff:127.0.0.1", 5), True, id="mapped-peer"),
        pytest.param(["::ffff:10.0.0.0/104"], ("10.1.2.3", 5), True, id="mapped-network"),
        pytest.param(["::ffff:10.0.0.0/104"], ("11.1.2.3", 5), False, id="outside-mapped-network"),
        pytest.param(["::/0"], ("10.1.2.3", 5), False, id="every-IPv6-is-no-IPv4"),
        pytest.param(["10.0.0.0/8"], ("10.255.0.1", 5), True, id="network"),
        pytest.param(["10.0.0.0/8"], ("11.0.0.1", 5), False, id="outside-network"),
        pytest.param(["0:0:0:0:0:0:0:1"], ("::1", 5), True, id="IPv6-spelled-otherwise"),
        pytest.param(["fe80::/10"], ("fe80::1%eth0", 5), True, id="IPv6-with-zone"),
        pytest.param(["127.0.0.1"], ("a.sock", 5), False, id="peer-without-address"),
        pytest.param(["127.0.0.1"], None, False, id="unix-not-listed"),
        pytest.param(["unix:"], None, True, id="unix"),
        pytest.param(["unix:"], ("127.0.0.1", 5), False, id="only-unix"),
        pytest.param(["*"], ("203.0.113.9", 5), True, id="everybody"),
        pytest.param(["*"], None, True, id="everybody-over-unix"),
        pytest.param([], ("127.0.0.1", 5), False, id="nobody"),
        pytest.param([], None, False, id="nobody-over-unix"),
    ],
)
def test_trusts(trusted: list[str], peer: tuple[str, int] | None, expected: bool) -> None:
    assert ForwardedPolicy(trusted).trusts(peer) is expected


@pytest.mark.parametrize("entry", ["localhost", "10.0.0.1/8", "", "10.0.0", "unix:/run/x.sock"])
def test_an_entry_that_is_no_peer_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match=r"does not appear|host bits"):
        ForwardedPolicy(["127.0.0.1", entry])


@pytest.mark.parametrize(
    "peer", [("127.0.0.1", 5), ("::1", 5), ("::ffff:127.0.0.1", 5), None], ids=str
)
def test_trusted_by_default(default: ForwardedPolicy, peer: tuple[str, int] | None) -> None:
    headers = [*forwarded_for(b"203.0.113.9"), (b"x-forwarded-proto", b"https")]
    assert default.resolve(headers, peer, "http") == (("203.0.113.9", 0), "https")


def test_a_stranger_is_not_believed(default: ForwardedPolicy) -> None:
    headers = [*forwarded_for(b"127.0.0.1"), (b"x-forwarded-proto", b"https")]
    assert default.resolve(headers, ("192.168.0.7", 9), "http") == (("192.168.0.7", 9), "http")


@pytest.mark.parametrize("client", [PROXY, None])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_without_the_fields_nothing_changes(
    default: ForwardedPolicy, client: tuple[str, int] | None, scheme: str
) -> None:
    headers = [(b"host", b"example.com"), (b"forwarded", b"for=203.0.113.9;proto=https")]
    assert default.resolve(headers, client, scheme) == (client, scheme)


@pytest.mark.parametrize(
    ("values", "client"),
    [
        pytest.param([b"203.0.113.9"], ("203.0.113.9", 0), id="one"),
        pytest.param([b"198.51.100.1, 203.0.113.9"], ("203.0.113.9", 0), id="rightmost"),
        pytest.param(
            [b"198.51.100.1,203.0.113.9 ,\t10.0.0.1,127.0.0.1"],
            ("203.0.113.9", 0),
            id="rightmost-untrusted",
        ),
        pytest.param(
            [b"198.51.100.1", b"203.0.113.9, 10.0.0.1", b"10.0.0.2"],
            ("203.0.113.9", 0),
            id="fields-combine-in-order",
        ),
        pytest.param([b"10.0.0.1, 10.0.0.2"], ("10.0.0.1", 0), id="all-trusted-leftmost"),
        pytest.param([b"203.0.113.9:567"], ("203.0.113.9", 567), id="port"),
        pytest.param([b"203.0.113.9:65535"], ("203.0.113.9", 65_535), id="last-port"),
        pytest.param([b"10.0.0.1:1, 10.0.0.2:2"], ("10.0.0.1", 1), id="trusted-with-port"),
        pytest.param([b"2001:db8::1"], ("2001:db8::1", 0), id="IPv6"),
        pytest.param([b"[2001:db8::1]"], ("2001:db8::1", 0), id="IPv6-brackets"),
        pytest.param([b"[2001:db8::1]:123"], ("2001:db8::1", 123), id="IPv6-port"),
        pytest.param([b"2001:DB8:0:0:0:0:0:1"], ("2001:db8::1", 0), id="IPv6-normalised"),
        pytest.param([b"::ffff:203.0.113.9"], ("203.0.113.9", 0), id="mapped"),
        pytest.param([b"[::ffff:203.0.113.9]:7"], ("203.0.113.9", 7), id="mapped-port"),
        pytest.param([b"203.0.113.9, ::ffff:10.0.0.1"], ("203.0.113.9", 0), id="mapped-trusted"),
        pytest.param([b"203.0.113.9, unknown, 10.0.0.1"], ("10.0.0.1", 0), id="garbage-ends"),
        pytest.param([b"203.0.113.9, unknown"], PROXY, id="garbage-first"),
        pytest.param([b""], PROXY, id="empty"),
        pytest.param([b"203.0.113.9", b""], PROXY, id="empty-last-field"),
        pytest.param([b"203.0.113.9,"], PROXY, id="empty-last-entry"),
        pytest.param([b"203.0.113.9,,10.0.0.1"], ("10.0.0.1", 0), id="empty-entry"),
    ],
)
def test_client(values: list[bytes], client: tuple[str, int]) -> None:
    policy = ForwardedPolicy(["127.0.0.1", "10.0.0.0/8"])
    assert policy.resolve(forwarded_for(*values), PROXY, "http") == (client, "http")


@pytest.mark.parametrize(
    "entry",
    [
        *(
            b"unknown",
            b"_hidden",
            b"example.com",
            b"1.2.3",
            b"1.2.3.4.5",
            b"1.2.3.256",
            b"01.2.3.4",
        ),
        *(b"1.2.3.4:", b"1.2.3.4:65536", b"1.2.3.4:123456", b"1.2.3.4:-1", b"1.2.3.4:a"),
        *(b"1.2.3.4:\xb2", "1.2.3.\u0664".encode(), b"1.2.3.4 5", b"1.2.3.4\r\nx: y", b'"1.2.3.4"'),
        *(b"[::1", b"::1]", b"[::1]x", b"[::1]:", b"[]", b"[::1]:65536", b":::1", b"::1%eth0"),
        *(b"1.2.3.4%0a", b"\x00", b"\xff\xfe", b"[" * 60_000, b"1" * 60_000, b":" * 60_000),
    ],
    ids=lambda entry: repr(entry[:12]),
)
def test_what_is_no_address_is_not_believed(entry: bytes) -> None:
    policy = ForwardedPolicy(["*"])
    headers = forwarded_for(b"198.51.100.1," + entry + b", 203.0.113.9")
    assert policy.resolve(headers, PROXY, "http") == (("203.0.113.9", 0), "http")


def test_everybody_trusted_takes_the_leftmost() -> None:
    headers = forwarded_for(b"198.51.100.1, 203.0.113.9", b"10.0.0.1")
    assert ForwardedPolicy(["*"]).resolve(headers, None, "http") == (("198.51.100.1", 0), "http")


@pytest.mark.parametrize(
    ("values", "scheme", "expected"),
    [
        pytest.param([b"https"], "http", "https", id="https"),
        pytest.param([b"wss"], "http", "https", id="wss"),
        pytest.param([b"http"], "https", "http", id="http"),
        pytest.param([b"ws"], "https", "http", id="ws"),
        pytest.param([b" HTTPS\t"], "http", "https", id="case-and-blanks"),
        pytest.param([b"https, http"], "https", "http", id="last-of-a-list"),
        pytest.param([b"http,https"], "http", "https", id="last-of-a-list-https"),
        pytest.param([b"https", b"http"], "https", "http", id="last-field"),
        pytest.param([b""], "http", "http", id="empty"),
        pytest.param([b"https,"], "http", "http", id="empty-last"),
        pytest.param([b"ftp"], "https", "https", id="unknown"),
        pytest.param([b"http\xff"], "https", "https", id="not-ascii"),
    ],
)
def test_scheme(default: ForwardedPolicy, values: list[bytes], scheme: str, expected: str) -> None:
    headers = [(b"x-forwarded-proto", value) for value in values]
    assert default.resolve(headers, PROXY, scheme) == (PROXY, expected)


PIECES = st.sampled_from(
    [b",", b" ", b"[", b"]", b":", b".", b"%", b"127.0.0.1", b"::1", b"10.1.1.1:80", b"0", b"9"]
)
VALUES = st.lists(PIECES | st.binary(max_size=4), max_size=12).map(b"".join)
NAMES = st.sampled_from([b"x-forwarded-for", b"x-forwarded-proto", b"host"])


@given(
    st.lists(st.tuples(NAMES, VALUES), max_size=5),
    st.sampled_from([PROXY, ("::1", 1), ("203.0.113.9", 2), None]),
    st.sampled_from([(), ("*",), ("127.0.0.0/8", "::1", "unix:")]),
)
def test_no_field_raises_or_makes_a_client_that_is_none(
    headers: Headers, peer: tuple[str, int] | None, trusted: tuple[str, ...]
) -> None:
    policy = ForwardedPolicy(trusted)
    client, scheme = policy.resolve(headers, peer, "http")
    assert scheme in ("http", "https")
    if not policy.trusts(peer):
        assert (client, scheme) == (peer, "http")
    if client is not None and client != peer:
        host, port = client
        ForwardedPolicy([host])
        assert 0 <= port <= 65_535
