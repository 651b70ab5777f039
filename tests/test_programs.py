import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.programs import require, require_node_package

# pytest.fail and pytest.skip raise these; both derive from BaseException.
FAILED = pytest.fail.Exception
SKIPPED = pytest.skip.Exception


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(tmp_path))
    path = tmp_path / "wsgate-test-program"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_a_program_on_the_path_is_found(program: Path) -> None:
    assert require(program.name, "some-package") == str(program)


@pytest.mark.skipif(not os.access("/usr/sbin", os.R_OK), reason="this system has no /usr/sbin")
def test_a_server_outside_the_path_is_found(program: Path) -> None:
    server = next(
        entry.name
        for entry in sorted(Path("/usr/sbin").iterdir())
        if entry.is_file() and os.access(entry, os.X_OK)
    )
    assert require(server, "some-package") == f"/usr/sbin/{server}"


@pytest.mark.parametrize(
    ("ci", "outcome"),
    [
        pytest.param("true", FAILED, id="CI"),
        pytest.param("false", SKIPPED, id="CI-off"),
        pytest.param(None, SKIPPED, id="at-home"),
    ],
)
@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        pytest.param(
            lambda: require("no-such-program", "its-package"),
            "no-such-program is missing: install it with `apt-get install its-package`",
            id="program",
        ),
        pytest.param(
            lambda: require_node_package("no-such-package"),
            "npm's no-such-package is missing: install it with `npm ci --prefix tests/e2e/node`",
            id="node-package",
        ),
    ],
)
def test_what_is_missing_is_asked_for(
    program: Path,
    monkeypatch: pytest.MonkeyPatch,
    ask: Callable[[], str],
    sentence: str,
    ci: str | None,
    outcome: type[BaseException],
) -> None:
    program.rename(program.with_name("node"))
    if ci is None:
        monkeypatch.delenv("CI", raising=False)
    else:
        monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome) as raised:
        ask()
    assert raised.value.msg == sentence  # type: ignore[attr-defined]
