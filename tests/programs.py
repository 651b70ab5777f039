"""The programs and Node packages that tests start, found or asked for."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

NODE_FOLDER = Path(__file__).parent / "e2e" / "node"


def require(program: str, package: str) -> str:
    """The path of ``program``, which Debian's ``package`` brings.

    Without it the test is skipped with a sentence that says how to install it; under ``CI=true``
    it fails. Debian keeps servers in ``/usr/sbin``, which a user's PATH may not name.
    """
    search = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin"))
    path = shutil.which(program, path=search)
    if path is None:
        _give_up(f"{program} is missing: install it with `apt-get install {package}`")
    return path


def require_node_package(name: str) -> str:
    """The path of ``node``, once the npm package ``name`` is in ``tests/e2e/node``."""
    node = require("node", "nodejs")
    if not (NODE_FOLDER / "node_modules" / name / "package.json").is_file():
        _give_up(f"npm's {name} is missing: install it with `npm ci --prefix tests/e2e/node`")
    return node


def _give_up(sentence: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(sentence)
    pytest.skip(sentence)
