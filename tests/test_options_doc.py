"""The table of options in the documents is the one that the configuration gives."""

import runpy
import shutil
from pathlib import Path

import pytest

from wsgate.config import OPTIONS

DOCS = Path(__file__).parent.parent / "docs"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the script writes beside itself."""
    script = shutil.copy(DOCS / "make_options.py", tmp_path_factory.mktemp("docs"))
    runpy.run_path(str(script), run_name="__main__")
    return Path(script).with_name("options.md").read_text(encoding="utf-8")


def test_the_committed_page_is_the_generated_one(written: str) -> None:
    committed = (DOCS / "options.md").read_text(encoding="utf-8")
    assert committed == written, "run: python docs/make_options.py"


def test_each_option_has_a_line_of_five_cells(written: str) -> None:
    lines = [line for line in written.splitlines() if line.startswith("| `")]
    flags = {each.flag for each in OPTIONS} | {"--config", "--env-file", "--check-config"}
    assert {line.split(" | ")[0] for line in lines} == {f"| `{flag}`" for flag in flags}
    assert {line.count(" | ") for line in lines} == {4}


def test_a_line_tells_what_may_differ_by_route(written: str) -> None:
    lines = [line for line in written.splitlines() if line.endswith(" May differ by route. |")]
    flags = {f"| `{each.flag}`" for each in OPTIONS if each.by_route}
    assert {line.split(" | ")[0] for line in lines} == flags
    assert "| `--ws-max-size`" in flags


@pytest.mark.parametrize(
    "row",
    [
        "| `--config` | `WSGATE_CONFIG` |  | FILE | File of settings, in TOML.",
        "| `--port` | `WSGATE_PORT` | 8000 | from 0 to 65535 |",
        "| `--http` | `WSGATE_HTTP` | httptools | `httptools`, `h11` |",
        "| `--access-log` | `WSGATE_ACCESS_LOG` | on | `--access-log`, `--no-access-log` |",
        "| `--ws-max-size` | `WSGATE_WS_MAX_SIZE` | 16 MiB | bytes, at least 1 |",
        "| `--ws-close-timeout` | `WSGATE_WS_CLOSE_TIMEOUT` | 10 s | seconds, at least 0.01 |",
        "| `--header` | `WSGATE_HEADER` | none |",
        "| `--use-colors` | `WSGATE_USE_COLORS` | on at a terminal |",
    ],
)
def test_a_line_tells_variable_default_and_values(written: str, row: str) -> None:
    assert f"\n{row}" in written
