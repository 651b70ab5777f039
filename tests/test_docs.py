"""What the documents promise exists: files that they link, options that they name."""

import re
from pathlib import Path

import pytest

from wsgate.config import OPTIONS

PROJECT = Path(__file__).parent.parent
FOLDERS = ("benchmarks", "conformance", "deploy", "docs", "wsgate")
PAGES = sorted(
    page
    for page in [
        *PROJECT.glob("*.md"),
        *(p for name in FOLDERS for p in (PROJECT / name).rglob("*.md")),
    ]
    if "node_modules" not in page.parts
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(PROJECT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_front_page_names_options_that_exist() -> None:
    text = (PROJECT / "README.md").read_text()
    tables = re.findall(r"^\| (`--.*?) \|", text, re.MULTILINE)
    named = re.findall(r"`(--[a-z-]+)", " ".join(tables))
    assert named
    assert {*named} <= {option.flag for option in OPTIONS}


def test_the_front_page_shows_lines_of_the_nginx_configuration_that_is_tested() -> None:
    front_page = (PROJECT / "README.md").read_text()
    shipped = (PROJECT / "deploy" / "nginx.conf").read_text()
    (shown,) = re.findall(r"```nginx\n(.*?)```", front_page, re.DOTALL)
    lines = {" ".join(line.split()) for line in shipped.splitlines()}
    assert {" ".join(line.split()) for line in shown.splitlines()} <= lines
