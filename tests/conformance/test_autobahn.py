"""Which lines of Autobahn's expectation a choice of cases covers."""

import pytest

from conformance.autobahn.suite import ALL, expected

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("cases", "covered"),
    [
        pytest.param(["1.1.1"], ["1.1.1"], id="one"),
        pytest.param(["13.7.1"], ["13.7.1"], id="not-those-that-begin-so"),
        pytest.param(["1.2.*", "5.20"], [*(f"1.2.{n}" for n in range(1, 9)), "5.20"], id="several"),
    ],
)
def test_a_choice(cases: list[str], covered: list[str]) -> None:
    assert sorted(expected(cases)) == sorted(covered)


def test_all() -> None:
    assert len(expected(ALL)) == 517
