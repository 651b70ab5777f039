"""The vectors of conformance/http against the real command, and the page that tells of them."""

from __future__ import annotations

import pytest

from conformance.http.page import PAGE, read, render
from conformance.http.servers import BY_NAME
from conformance.http.suite import run
from conformance.http.vectors import VECTORS
from conformance.http.verdict import PASS

pytestmark = pytest.mark.once

OURS = ["wsgate-httptools", "wsgate-h11"]
IDS = {vector.id for vector in VECTORS}
ALL_PASS = dict.fromkeys(IDS, PASS)

SHORT = ("--timeout-handshake", "3", "--timeout-keep-alive", "3")
"""Options, so that what stalls is not waited for; all else is as a user has it."""


@pytest.mark.parametrize("name", OURS)
def test_every_vector_passes(name: str) -> None:
    assert run(BY_NAME[name], VECTORS, *SHORT) == ALL_PASS


def test_the_page_is_the_generated_one() -> None:
    columns = read(PAGE)
    assert PAGE.read_text(encoding="utf-8") == render(columns), (
        "run: conformance/http/run --write-docs"
    )


def test_the_page_has_a_verdict_on_each_vector_for_each_server() -> None:
    columns = read(PAGE)
    assert {name: {*column} for name, column in columns.items()} == dict.fromkeys(BY_NAME, IDS)
    assert {verdict for column in columns.values() for verdict in column.values()} >= {PASS}
    assert "?" not in {verdict for column in columns.values() for verdict in column.values()}
    assert {name: columns[name] for name in OURS} == dict.fromkeys(OURS, ALL_PASS)
