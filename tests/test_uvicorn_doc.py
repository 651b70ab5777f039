"""docs/uvicorn.md names every option of the installed uvicorn, and none that we do not have."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

from wsgate.config import OPTIONS

PAGE = Path(__file__).parent.parent / "docs" / "uvicorn.md"
ROW = re.compile(r"^\| `(--\S+)` \| (?:-|`(--\S+)`) \|(.*)\|$", re.MULTILINE)
OF_THE_COMMAND = {"--env-file", "--version"}


def test_every_option_of_uvicorn_is_in_the_table() -> None:
    rows = [row[0] for row in ROW.findall(PAGE.read_text())]
    assert len(rows) == len(set(rows))
    parameters = importlib.import_module("uvicorn.main").main.params
    theirs = {
        name for each in parameters for name in (*each.opts, *each.secondary_opts) if "--" in name
    }
    assert theirs <= {*rows}


def test_what_they_are_called_here_exists_or_there_is_a_reason() -> None:
    ours = {each.flag for each in OPTIONS} | OF_THE_COMMAND
    ours |= {each.flag.replace("--", "--no-", 1) for each in OPTIONS if bool in each.types}
    for theirs, here, difference in ROW.findall(PAGE.read_text()):
        assert here in ours if here else difference.strip(), theirs
        assert here == theirs or difference.strip(), theirs
