"""The fast sections of Autobahn; `make conformance` runs all of them."""

from __future__ import annotations

import os

import pytest

from conformance.autobahn.suite import FAST, differences, expected, install, python2, run

pytestmark = pytest.mark.once


@pytest.fixture(scope="module", autouse=True)
def testsuite() -> None:
    interpreter = python2()
    if interpreter is None:
        sentence = "Autobahn needs Python 2.7: install it, for example with `pyenv install 2.7.18`"
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    install(interpreter)


@pytest.mark.parametrize(("parser", "loop"), [("httptools", "uvloop"), ("h11", "asyncio")])
def test_every_case_is_as_expected(parser: str, loop: str) -> None:
    results = run(FAST, ["--http", parser, "--loop", loop], f"fast-{parser}-{loop}")
    assert differences(results, expected(FAST)) == []


def test_a_difference_is_told_in_both_directions() -> None:
    assert differences({"1.1.1": "OK", "1.1.2": "OK"}, {"1.1.2": "NON-STRICT", "1.2.1": "OK"}) == [
        "1.1.1: expected nothing, got OK",
        "1.1.2: expected NON-STRICT, got OK",
        "1.2.1: expected OK, got nothing",
    ]
