"""The examples of the documents do what they say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_testing import run_pytest

PROJECT = Path(__file__).parent.parent


def blocks(page: str, language: str) -> list[str]:
    """The examples of a page in a language."""
    text = (PROJECT / "docs" / page).read_text()
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.once
def test_testing(tmp_path: Path) -> None:
    examples = blocks("testing.md", "python")
    assert len(examples) == 3
    for example in examples:
        done = run_pytest(tmp_path, example)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "1 passed" in done.stdout


def test_embedding(tmp_path: Path) -> None:
    by_command, in_a_loop, worker = blocks("embedding.md", "python")
    compile(by_command, "embedding.md", "exec")
    compile(worker, "embedding.md", "exec")
    program = tmp_path / "program.py"
    program.write_text(in_a_loop)
    said = subprocess.check_output(
        [sys.executable, program], env={"PYTHONPATH": str(PROJECT)}, text=True
    )
    assert re.fullmatch(r"listening on 127\.0\.0\.1:\d+\n", said)
