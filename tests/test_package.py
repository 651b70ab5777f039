"""What a user installs: the sdist and the wheel, built for real, and what their metadata says."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from configparser import ConfigParser
from email import message_from_string
from email.message import Message
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

from wsgate.version import __version__

pytestmark = pytest.mark.once

PROJECT = Path(__file__).parent.parent
ROOT_FILES = ("pyproject.toml", "setup.py", "README.md", "LICENSE")
SOURCES = {
    path.relative_to(PROJECT).as_posix()
    for path in (PROJECT / "wsgate").rglob("*")
    if path.is_file() and path.suffix not in {".pyc", ".md", ".so"}
}


def build(project: Path, *options: str, **environment: str) -> Path:
    """Copy what is needed into `project`, build there, and give the folder of what was built."""
    for name in ROOT_FILES:
        shutil.copy(PROJECT / name, project)
    ignore = shutil.ignore_patterns("__pycache__", "*.so")
    shutil.copytree(PROJECT / "wsgate", project / "wsgate", ignore=ignore)
    command = [sys.executable, "-m", "build", "--no-isolation", *options, str(project)]
    subprocess.run(command, check=True, env={**os.environ, **environment})
    return project / "dist"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the plain wheel that was built from that sdist."""
    return build(tmp_path_factory.mktemp("project"), WSGATE_NO_EXTENSIONS="1")


@pytest.fixture(scope="module")
def wheel(built: Path) -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(built / f"wsgate-{__version__}-py3-none-any.whl") as archive:
        yield archive


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    return message_from_string(wheel.read(f"wsgate-{__version__}.dist-info/METADATA").decode())


def test_plain_modules_run_beside_compiled_ones_where_that_is_asked_for(tmp_path: Path) -> None:
    """What stands for a compiled module cannot even be loaded."""
    shutil.copytree(PROJECT / "wsgate", tmp_path / "wsgate")
    (tmp_path / f"wsgate/websocket/frames{EXTENSION_SUFFIXES[0]}").write_text("not compiled")
    command = [sys.executable, "-c", "from wsgate.websocket import frames; print(frames.__file__)"]
    plain = {**os.environ, "WSGATE_NO_EXTENSIONS": "1"}
    said = subprocess.check_output(command, cwd=tmp_path, env=plain, text=True)
    assert said == f"{tmp_path / 'wsgate/websocket/frames.py'}\n"
    compiled = {**plain, "WSGATE_NO_EXTENSIONS": ""}
    with pytest.raises(subprocess.CalledProcessError):
        subprocess.check_output(command, cwd=tmp_path, env=compiled, stderr=subprocess.DEVNULL)


def test_the_wheel_holds_the_package_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    files = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert "wsgate/py.typed" in files
    assert files == SOURCES


def test_the_sdist_builds_without_the_repository(built: Path) -> None:
    root = f"wsgate-{__version__}"
    with tarfile.open(built / f"{root}.tar.gz") as archive:
        names = set(archive.getnames())
    wanted = {*ROOT_FILES, *SOURCES}
    assert {f"{root}/{name}" for name in wanted} <= names


def test_exactly_four_runtime_dependencies(metadata: Message) -> None:
    required = {line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line}
    assert required == {
        "click>=8.1",
        "h11>=0.16",
        "httptools>=0.8",
        'uvloop>=0.21; sys_platform != "win32"',
    }


def test_the_metadata_name_versions_and_licence(metadata: Message) -> None:
    assert metadata["Version"] == __version__
    assert metadata["Requires-Python"] == ">=3.10"
    assert metadata["License-Expression"] == "MIT"
    assert metadata["License-File"] == "LICENSE"
    for minor in range(10, 14):
        language = f"Programming Language :: Python :: 3.{minor}"
        assert language in metadata.get_all("Classifier", [])


def test_the_console_script_and_the_plugin_of_pytest(wheel: zipfile.ZipFile) -> None:
    scripts = ConfigParser()
    scripts.read_string(wheel.read(f"wsgate-{__version__}.dist-info/entry_points.txt").decode())
    assert dict(scripts["console_scripts"]) == {"wsgate": "wsgate.cli:main"}
    assert dict(scripts["pytest11"]) == {"wsgate.pytest_plugin": "wsgate.pytest_plugin"}


@pytest.mark.parametrize("command", [["bin/wsgate"], ["-m", "wsgate"]], ids=["script", "module"])
def test_the_installed_command_says_its_version(
    built: Path, tmp_path: Path, command: list[str]
) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*pip, "--target", tmp_path, *built.glob("*.whl")], check=True)
    run = [sys.executable, *command, "--version"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    said = subprocess.check_output(run, cwd=tmp_path, env=environment, text=True)
    assert __version__ in said


def test_without_a_compiler_the_plain_wheel_is_built(tmp_path: Path) -> None:
    (path,) = build(tmp_path, "--wheel", WSGATE_NO_EXTENSIONS="", CC="false").iterdir()
    assert path.name == f"wsgate-{__version__}-py3-none-any.whl"
    with zipfile.ZipFile(path) as archive:
        assert {name for name in archive.namelist() if ".dist-info/" not in name} == SOURCES
