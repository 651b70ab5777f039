"""The file with the number of the process: whose it is, and what is left."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from wsgate.errors import StartupError
from wsgate.supervisor.pid_file import pid_file


def test_it_is_there_as_long_as_the_block(tmp_path: Path) -> None:
    path = tmp_path / "x.pid"
    with pid_file(str(path)):
        assert path.read_text() == f"{os.getpid()}\n"
    assert not path.exists()


def test_it_goes_where_the_block_fails_too(tmp_path: Path) -> None:
    path = tmp_path / "x.pid"
    with pytest.raises(KeyError), pid_file(str(path)):
        raise KeyError
    assert not path.exists()


def test_somebody_may_have_removed_it(tmp_path: Path) -> None:
    path = tmp_path / "x.pid"
    with pid_file(str(path)):
        path.unlink()


@pytest.mark.parametrize("content", ["", "1\n", "99999999\n", "nonsense"])
def test_one_that_was_left_behind_is_taken_over(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.pid"
    path.write_text(content)
    with pid_file(str(path)):
        assert path.read_text() == f"{os.getpid()}\n"


def test_one_that_is_held_is_not(tmp_path: Path) -> None:
    path = tmp_path / "x.pid"
    script = (
        "import sys\n"
        "from wsgate.errors import StartupError\n"
        "from wsgate.supervisor.pid_file import pid_file\n"
        "try:\n"
        "    with pid_file(sys.argv[1]): print('taken')\n"
        "except StartupError as error: print(error)\n"
    )
    with pid_file(str(path)):
        said = subprocess.check_output([sys.executable, "-c", script, str(path)], text=True)
        assert f"belongs to process {os.getpid()}, which runs" in said
        assert path.read_text() == f"{os.getpid()}\n"


def test_one_that_cannot_be_written(tmp_path: Path) -> None:
    with (
        pytest.raises(StartupError, match="cannot be written"),
        pid_file(str(tmp_path / "no" / "x.pid")),
    ):
        pass


def test_none_is_wanted() -> None:
    with pid_file(None):
        pass
