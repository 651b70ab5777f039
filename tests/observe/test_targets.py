"""What a log shows of the target of a request, and what it keeps to itself."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsgate.config import Config
from wsgate.observe.targets import LONGEST, Targets

SECRETS = Config(app="a:b").log_redact

loggable = Targets(SECRETS).loggable


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        pytest.param(b"/", "/", id="root"),
        pytest.param(b"*", "*", id="asterisk"),
        pytest.param(b"", "", id="empty"),
        pytest.param(b"/a%20b/'~!;,?q=%C3%A9&x", "/a%20b/'~!;,?q=%C3%A9&x", id="plain"),
        pytest.param(
            b"/%1b[31m%0aINFO", "/%1b[31m%0aINFO", id="CVE-2020-7694-encoded-stays-encoded"
        ),
        pytest.param(b"/\x1b[31m\nINFO\r\0\x7f", "/%1B[31m%0AINFO%0D%00%7F", id="CVE-2020-7694"),
        pytest.param(b'/a" 200 b\\x', "/a%22%20200%20b%5Cx", id="forged-end-of-quotes"),
        pytest.param(b"/\xc3\xa9\xff\x85", "/%C3%A9%FF%85", id="not-ascii"),
        pytest.param(b"/" + b"x" * (LONGEST - 1), "/" + "x" * (LONGEST - 1), id="longest"),
        pytest.param(b"/" + b"x" * LONGEST, "/" + "x" * (LONGEST - 1) + "[cut]", id="cut"),
        pytest.param(
            b"/?" + b"x" * (LONGEST - 5) + b"&token=abc",
            "/?" + "x" * (LONGEST - 5) + "&to[cut]",
            id="cut-inside-a-name",
        ),
        pytest.param(
            b"/?" + b"x" * (LONGEST - 12) + b"&token=abcdef",
            "/?" + "x" * (LONGEST - 12) + "&token=[redacted][cut]",
            id="cut-inside-a-secret",
        ),
    ],
)
def test_loggable(target: bytes, shown: str) -> None:
    assert loggable(target) == shown


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("separator", ["?", "?a=b&", "?a=b;", "?a&&", "?a=b?"])
def test_secrets_are_redacted(separator: str, name: str) -> None:
    encoded = "".join(f"%{ord(each):02x}" for each in name)
    for spelled in (name, name.upper(), name.title(), encoded, encoded.upper(), encoded[:3]):
        spelled += name[1:] if spelled == encoded[:3] else ""
        for after in ("", "&b=c"):
            target = f"/{separator}{spelled}=S3=S3?S3/%53;S3{after}"
            expected = f"/{separator}{spelled}=[redacted]{after}"
            assert loggable(target.encode()) == expected


@pytest.mark.parametrize(
    "target",
    [
        b"/token=1",
        b"/?tokens=1",
        b"/?my_token=1",
        b"/?x=token=1",
        b"/?token",
        b"/?monkey=1&keys=2",
        b"/?%2574oken=1",
        b"/?access%74token=1",
    ],
)
def test_other_values_stay(target: bytes) -> None:
    assert loggable(target) == target.decode()


def test_several_secrets_beside_bytes_that_are_escaped() -> None:
    target = b'/\xff?key=a"b&x="&SECRET=\n;&x;to%6Ben=%00&token='
    assert loggable(target) == (
        "/%FF?key=[redacted]&x=%22&SECRET=[redacted]&x;to%6Ben=[redacted]&token=[redacted]"
    )


@given(st.binary(max_size=300) | st.binary(max_size=50).map(lambda piece: piece * 200))
def test_any_bytes_are_one_bounded_printable_word(target: bytes) -> None:
    shown = loggable(target)
    assert all("!" <= each <= "~" and each not in '"\\' for each in shown)
    assert len(shown) <= 3 * LONGEST + len("[redacted]") * LONGEST


@given(
    st.lists(
        st.tuples(st.sampled_from((*SECRETS, "%74oken", "KEY", "page")), st.binary(max_size=8)),
        max_size=6,
    )
)
def test_no_application_finds_a_secret_in_the_log(pairs: list[tuple[str, bytes]]) -> None:
    query = b"&".join(name.encode() + b"=" + value for name, value in pairs)
    shown = loggable(b"/?" + query)
    for name, value in parse_qsl(shown.partition("?")[2], keep_blank_values=True):
        assert name.lower() not in SECRETS or value == "[redacted]"


@pytest.mark.parametrize("piece", [b"&token=", b"&to%6Ben", b"?", b"\xff", b"&token=a;", b"%"])
def test_a_megabyte_of_near_matches_is_cut(piece: bytes) -> None:
    assert loggable(b"/?" + piece * (1_000_000 // len(piece))).endswith("[cut]")


@pytest.mark.parametrize(
    ("names", "target", "shown"),
    [
        ((), "/?token=1", "/?token=1"),
        (("sid",), "/?token=1&SID=2&%73id=3", "/?token=1&SID=[redacted]&%73id=[redacted]"),
        (("a.b",), "/?a.b=3&a%2Eb=4&axb=5", "/?a.b=[redacted]&a%2Eb=[redacted]&axb=5"),
        (
            ("schl\xfcssel",),
            "/?schl\xfcssel=2&schl%C3%bCssel=3",
            "/?schl%C3%BCssel=[redacted]&schl%C3%bCssel=[redacted]",
        ),
    ],
)
def test_the_names_are_those_of_the_configuration(
    names: tuple[str, ...], target: str, shown: str
) -> None:
    assert Targets(names).loggable(target.encode()) == shown
