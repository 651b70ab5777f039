"""`make conformance` names the packages that are missing, before anything runs."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

CONFORMANCE = Path(__file__).parents[2] / "conformance"
SUITES = sorted(path.parent.name for path in CONFORMANCE.glob("*/run"))


def ask(*suites: str, path: Path) -> subprocess.CompletedProcess[str]:
    command = [str(CONFORMANCE / "programs"), *suites]
    environment = {**os.environ, "PATH": str(path)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20)


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A PATH with no more than a shell and what it needs here."""
    for name in ("bash", "sort"):
        found = shutil.which(name)
        assert found is not None
        (tmp_path / name).symlink_to(found)
    return tmp_path


def test_the_packages_of_a_suite(bare: Path) -> None:
    done = ask("browsers", "http", path=bare)
    assert (done.returncode, done.stderr) == (
        1,
        "programs are missing: install them with `apt-get install "
        "chromium chromium-driver firefox-esr webkit2gtk-driver xvfb`\n",
    )


def test_nothing_is_missing(bare: Path) -> None:
    for name in ("node", "npm"):
        (bare / name).symlink_to("/bin/true")
    done = ask("clients", "http", path=bare)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("suite", SUITES)
def test_each_suite_has_its_line(suite: str, bare: Path) -> None:
    done = ask(suite, path=bare)
    assert "no line" not in done.stderr


def test_a_suite_without_a_line(bare: Path) -> None:
    done = ask("nosuch", path=bare)
    assert done.returncode
    assert "no line" in done.stderr
