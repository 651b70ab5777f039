import sys
from collections.abc import Callable
from types import FrameType

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wsgate.websocket.headers import (
    ExtensionOffer,
    HeaderError,
    is_token,
    parse_extensions,
    parse_tokens,
)

DELIMITERS = '"(),/:;<=>?@[\\]{}'  # RFC 9110 section 5.6.2


class Scanner:
    """The grammar of RFC 6455 section 9.1 character by character, as slow and plain as can be."""

    def __init__(self, text: str) -> None:
        self.rest = text

    def white_space(self) -> None:
        self.rest = self.rest.lstrip(" \t")

    def accept(self, character: str) -> bool:
        self.white_space()
        found = self.rest.startswith(character)
        if found:
            self.rest = self.rest[1:]
        return found

    def token(self) -> str:
        self.white_space()
        token = ""
        while self.rest and "!" <= self.rest[0] <= "~" and self.rest[0] not in DELIMITERS:
            token, self.rest = token + self.rest[0], self.rest[1:]
        if not token:
            raise HeaderError
        return token

    def quoted_string(self) -> str:
        value = ""
        while not self.rest.startswith('"'):
            self.rest = self.rest.removeprefix("\\")
            if not self.rest:
                raise HeaderError
            value, self.rest = value + self.rest[0], self.rest[1:]
        self.rest = self.rest[1:]
        if Scanner(value).token() != value:
            raise HeaderError
        return value

    def extension(self) -> ExtensionOffer:
        name = self.token()
        parameters: list[tuple[str, str | None]] = []
        while self.accept(";"):
            parameter, value = self.token(), None
            if self.accept("="):
                value = self.quoted_string() if self.accept('"') else self.token()
            parameters.append((parameter, value))
        return ExtensionOffer(name, tuple(parameters))

    def extensions(self) -> list[ExtensionOffer]:
        offers: list[ExtensionOffer] = []
        while self.rest:
            if self.accept(","):
                continue
            offers += [self.extension()]
            self.white_space()
            if self.rest and not self.accept(","):
                raise HeaderError
        if not offers:
            raise HeaderError
        return offers


def verdict(parse: Callable[[], list[ExtensionOffer]]) -> list[ExtensionOffer] | None:
    try:
        return parse()
    except HeaderError:
        return None


VALUES = (
    st.text('ab,;="\\ \t(', max_size=16)
    | st.text('bc"\\,;= ', max_size=8).map(lambda text: f'a; x="{text}')
    | st.lists(st.sampled_from(["a", " ", ",", ";", "=", '="b"', '="\\b"', "; a"])).map("".join)
)


@given(VALUES)
@example('a; x="b, c; y="d"')
@example('a; x="bcd')
@example('a; x="b\\"')
@example('a; x="b\\\\c"')
@example('a; x="b"c"')
@example('a; x="')
@example('a; x="b,"')
@example("a; x==b")
def test_extensions_equal_the_grammar_of_the_rfc(value: str) -> None:
    expected = verdict(lambda: Scanner(value.strip(" \t")).extensions())
    assert verdict(lambda: parse_extensions([value.encode()])) == expected


@pytest.mark.parametrize("code", range(256))
def test_each_character_is_of_a_token_or_not(code: int) -> None:
    character = chr(code)
    expected = "!" <= character <= "~" and character not in DELIMITERS
    assert is_token(character) == expected
    assert is_token(f"a{character}b") == expected


def test_the_empty_text_is_no_token() -> None:
    assert not is_token("")


@pytest.mark.parametrize(
    ("fields", "tokens"),
    [
        pytest.param([b"chat"], ["chat"], id="one"),
        pytest.param([b"chat, superchat"], ["chat", "superchat"], id="two"),
        pytest.param([b" \ta\t ,b"], ["a", "b"], id="white-space"),
        pytest.param([b"c, b", b"a"], ["c", "b", "a"], id="two-fields-in-order"),
    ],
)
def test_tokens(fields: list[bytes], tokens: list[str]) -> None:
    assert parse_tokens(fields) == tokens


@pytest.mark.parametrize(
    ("fields", "offers"),
    [
        pytest.param(
            [b"permessage-deflate; client_max_window_bits"],
            [ExtensionOffer("permessage-deflate", (("client_max_window_bits", None),))],
            id="browser",
        ),
        pytest.param(
            [b'permessage-deflate; client_max_window_bits="10"'],
            [ExtensionOffer("permessage-deflate", (("client_max_window_bits", "10"),))],
            id="U21-quoted",
        ),
        pytest.param([b'a; b="\\1\\0"'], [ExtensionOffer("a", (("b", "10"),))], id="U21-escaped"),
        pytest.param(
            [b"c; x=1, b", b"a"],
            [ExtensionOffer("c", (("x", "1"),)), ExtensionOffer("b", ()), ExtensionOffer("a", ())],
            id="U22-two-fields",
        ),
        pytest.param(
            [b"a;x = 1\t; x=2"],
            [ExtensionOffer("a", (("x", "1"), ("x", "2")))],
            id="white-space-and-order",
        ),
        pytest.param([b", a,,"], [ExtensionOffer("a", ())], id="empty-elements"),
        pytest.param(
            [b"constructor; __proto__=1, __class__"],
            [ExtensionOffer("constructor", (("__proto__", "1"),)), ExtensionOffer("__class__", ())],
            id="U24-names-of-objects",
        ),
    ],
)
def test_extensions(fields: list[bytes], offers: list[ExtensionOffer]) -> None:
    assert parse_extensions(fields) == offers


def work(parse: Callable[[list[bytes]], object], fields: list[bytes]) -> int:
    """Count the function calls, into Python and into C, that parsing `fields` takes."""
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        parse(fields)
    except HeaderError:
        pass
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize("parse", [parse_tokens, parse_extensions])
@pytest.mark.plain
@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param(lambda n: b';x="\\c\\c' * (n // 8), id="U23-unclosed-parameters"),
        pytest.param(lambda n: b'a;x="' + b"\\c" * (n // 2), id="U23-unclosed-escapes"),
        pytest.param(lambda n: b'a;x="' + b"\\c" * (n // 2) + b'"', id="U23-escapes"),
        pytest.param(lambda n: b'a;x="' + b"\\" * n + b'"', id="U23-backslashes"),
        pytest.param(lambda n: b" " * n, id="U23-spaces"),
        pytest.param(lambda n: b"a" + b" " * n + b"b", id="U23-inner-spaces"),
        pytest.param(lambda n: b"a," * (n // 2), id="U23-elements"),
        pytest.param(lambda n: b"a" + b";b" * (n // 2), id="U23-parameters"),
        pytest.param(lambda n: b"," * n, id="U23-commas"),
    ],
)
def test_hostile_fields_take_no_more_calls_when_they_grow(
    parse: Callable[[list[bytes]], object], hostile: Callable[[int], bytes]
) -> None:
    # Each call is one pass of a string method over its piece, and no piece is passed over by more
    # calls than these: the time is linear.
    assert 0 < work(parse, [hostile(50_000)]) == work(parse, [hostile(5_000)]) < 100


@pytest.mark.parametrize(("pieces", "accepted"), [(256, True), (257, False)])
@pytest.mark.parametrize("separator", [b",", b";"])
def test_the_number_of_elements_and_parameters_is_bounded(
    pieces: int, accepted: bool, separator: bytes
) -> None:
    field = separator.join([b"a"] * pieces)
    assert (verdict(lambda: parse_extensions([field])) is not None) == accepted
