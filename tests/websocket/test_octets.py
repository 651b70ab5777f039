import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.websocket.compiled import compile_twin
from wsgate.websocket.octets import Octets, plain_octets

Twin = Callable[[str], Octets]


class Text(str):
    """A str as an application may derive one."""


@pytest.fixture(scope="module", params=["plain", "compiled"])
def twin(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Twin:
    if request.param == "plain":
        return plain_octets
    made: Twin = compile_twin("_octets", tmp_path_factory.mktemp("octets")).octets
    return made


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Twin:
    made: Twin = compile_twin("_octets", tmp_path_factory.mktemp("octets")).octets
    return made


@given(st.text())
def test_any_text_equals_its_utf_8(twin: Twin, text: str) -> None:
    assert bytes(twin(text)) == text.encode()


@given(st.text(st.characters(max_codepoint=127)))
def test_any_ascii_equals_its_utf_8(twin: Twin, text: str) -> None:
    octets = twin(text)
    assert octets == text.encode()
    assert len(octets) == len(text)


def test_the_octets_cannot_be_changed(twin: Twin) -> None:
    view = memoryview(twin("Hello"))
    assert view.readonly
    assert (view.format, view.itemsize, view.ndim) == ("B", 1, 1)


def test_a_derived_text(twin: Twin) -> None:
    assert bytes(twin(Text("Hello"))) == b"Hello"
    assert bytes(twin(Text("H\u00e9llo"))) == "H\u00e9llo".encode()


def test_a_lone_surrogate_has_no_utf_8(twin: Twin) -> None:
    with pytest.raises(UnicodeEncodeError):
        twin("a\ud800")


@pytest.mark.parametrize("wrong", [b"Hello", None, 5])
def test_what_is_no_text(compiled: Twin, wrong: str) -> None:
    with pytest.raises(TypeError, match=rf"takes a str, not {type(wrong).__name__}"):
        compiled(wrong)


def test_ascii_is_lent_and_not_copied(compiled: Twin) -> None:
    octets = compiled("a" * 100_000)
    assert isinstance(octets, memoryview)
    assert octets.nbytes == 100_000
    assert sys.getsizeof(octets.obj) < 100


def test_a_text_lives_as_long_as_what_was_lent_and_no_longer(compiled: Twin) -> None:
    text = "".join(["kept", " alive"])
    alone = sys.getrefcount(text)
    octets = compiled(text)
    part = memoryview(octets)[5:]
    assert sys.getrefcount(text) == alone + 1
    del octets
    assert sys.getrefcount(text) == alone + 1
    assert bytes(part) == b"alive"
    del part
    assert sys.getrefcount(text) == alone
