"""What the documents promise of limits names what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from wsgate.config import OPTIONS

PROJECT = Path(__file__).parent.parent.parent
FLAGS = {each.flag for each in OPTIONS}


@pytest.mark.parametrize("name", ["docs/threat-model.md", "docs/limits.md"])
def test_each_option_exists(name: str) -> None:
    named = set(re.findall(r"`(--[a-z-]+)`", (PROJECT / name).read_text()))
    assert len(named) > 10
    assert named <= FLAGS


@pytest.mark.parametrize("name", ["docs/threat-model.md", "SECURITY.md"])
def test_what_is_pointed_to_is_there(name: str) -> None:
    text = (PROJECT / name).read_text()
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    folders = re.findall(r"`((?:tests|conformance)/[a-z/]*)`", text)
    assert links or folders
    for link in links:
        assert ((PROJECT / name).parent / link).exists(), link
    for folder in folders:
        assert (PROJECT / folder).is_dir(), folder
