"""The application is found by module:attribute, or the sentence says what is wrong with it."""

import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from wsgate.errors import ApplicationFailed, ApplicationNotFound, StartupError
from wsgate.importer import load_application

MODULES = {
    "shop.py": """
def app(): ...
class api:
    inner = "nested"
""",
    "market/__init__.py": "",
    "market/stall.py": "app = 'a stall'",
    "needs.py": "def load():\n    import no_such_dependency\nload()",
    "partial.py": "from shop import no_such_name",
    "broken.py": "app = (",
    "raises.py": "1 / 0",
    "leaves.py": "raise SystemExit(7)",
    "needs_inside/__init__.py": "from needs_inside import app\nimport needs_inside_too",
    "needs_inside/app.py": "",
}


@pytest.fixture
def app_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name, source in MODULES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(source)
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = {*sys.modules}
    yield str(tmp_path)
    for name in {*sys.modules} - before:
        del sys.modules[name]


def sentence(spec: str, app_dir: str) -> str:
    with pytest.raises(ApplicationNotFound) as caught:
        load_application(spec, app_dir)
    assert isinstance(caught.value, StartupError)
    assert caught.value.__cause__ is None
    return str(caught.value)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("shop:api.inner", "nested"),
        ("market.stall:app", "a stall"),
        ("market.stall:app.upper", None),
    ],
)
def test_both_parts_may_be_dotted(app_dir: str, spec: str, expected: str | None) -> None:
    found = load_application(spec, app_dir)
    assert found == expected if expected else found() == "A STALL"


def test_app_dir_comes_first_and_once(app_dir: str) -> None:
    load_application("shop:app", app_dir)
    load_application("shop:app", app_dir)
    assert sys.path[0] == app_dir
    assert sys.path.count(app_dir) == 1


def test_app_dir_is_relative_to_the_working_directory(
    app_dir: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(app_dir)
    assert load_application("stall:app", "market") == "a stall"
    assert sys.path[0] == str(Path(app_dir) / "market")


@pytest.mark.parametrize(
    "spec",
    [
        "",
        "shop",
        "shop:",
        ":app",
        "shop:app:api",
        "shop:app()",
        "a/shop:app",
        ".shop:app",
        "shop:a..b",
    ],
)
def test_another_form_is_refused(app_dir: str, spec: str) -> None:
    expected = f"{spec!r} names no application; expected module:attribute, for example main:app"
    assert sentence(spec, app_dir) == expected


@pytest.mark.parametrize("spec", ["shop.py", "shop.py:app"])
def test_a_file_is_no_module(app_dir: str, spec: str) -> None:
    expected = f"{spec!r} names a file; expected module:attribute, for example main:app"
    assert sentence(spec, app_dir) == expected


def test_a_directory_that_is_not_there(app_dir: str) -> None:
    assert sentence("shop:app", f"{app_dir}/no") == f"--app-dir {app_dir}/no is no directory"


@pytest.mark.parametrize(
    ("spec", "missing", "mend"),
    [
        pytest.param("shp:app", "shp", "; did you mean shop?", id="close"),
        pytest.param("zzz:app", "zzz", "", id="far"),
        pytest.param("market.stal:app", "market.stal", "; did you mean stall?", id="in-a-package"),
        pytest.param("markt.stall:app", "markt", "; did you mean market?", id="no-package"),
        pytest.param("shop.stall:app", "shop.stall", "", id="not-a-package"),
    ],
)
def test_a_module_that_is_not_there(app_dir: str, spec: str, missing: str, mend: str) -> None:
    expected = f"there is no module {missing} in {app_dir} (--app-dir) or on sys.path{mend}"
    assert sentence(spec, app_dir) == expected


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("shop:ap", "module shop has no attribute ap; did you mean app?"),
        ("shop:zzz", "module shop has no attribute zzz"),
        ("shop:api.iner", "shop.api has no attribute iner; did you mean inner?"),
        ("market.stall:application", "module market.stall has no attribute application"),
    ],
)
def test_an_attribute_that_is_not_there(app_dir: str, spec: str, expected: str) -> None:
    assert sentence(spec, app_dir) == expected


@pytest.mark.parametrize(
    ("module", "cause", "shown"),
    [
        ("needs", ModuleNotFoundError, 'needs.py", line 2, in load'),
        ("needs_inside.app", ModuleNotFoundError, '__init__.py", line 2, in <module>'),
        ("partial", ImportError, 'partial.py", line 1, in <module>'),
        ("raises", ZeroDivisionError, 'raises.py", line 1, in <module>'),
        ("broken", SyntaxError, 'broken.py", line 1'),
    ],
)
def test_a_module_that_raises_is_shown_with_its_own_traceback_only(
    app_dir: str, module: str, cause: type[Exception], shown: str
) -> None:
    with pytest.raises(ApplicationFailed) as caught:
        load_application(f"{module}:app", app_dir)
    raised = caught.value.__cause__
    assert type(raised) is cause
    expected = f"module {module} cannot be imported: {cause.__name__}: {raised}"
    assert str(caught.value) == expected
    text = "".join(traceback.format_exception(raised))
    assert shown in text
    assert "importlib" not in text
    assert "importer.py" not in text


def test_a_module_may_end_the_process(app_dir: str) -> None:
    with pytest.raises(SystemExit):
        load_application("leaves:app", app_dir)
