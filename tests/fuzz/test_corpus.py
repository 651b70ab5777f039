"""Every input that is kept, through its target, without the fuzzer."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz import deflate, frames, head

CORPUS = Path(__file__).parent / "corpus"
TARGETS = {
    "head": head.TestOneInput,
    "frames": frames.TestOneInput,
    "deflate": deflate.TestOneInput,
}

every_target = pytest.mark.parametrize("target", TARGETS)


@every_target
def test_no_input_is_a_finding(target: str) -> None:
    files = sorted((CORPUS / target).iterdir())
    assert files
    for file in files:
        try:
            TARGETS[target](file.read_bytes())
        except Exception as error:
            raise AssertionError(f"{file} is a finding") from error


@every_target
def test_the_empty_input(target: str) -> None:
    TARGETS[target](b"")
