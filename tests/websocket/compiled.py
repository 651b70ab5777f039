"""The twins in C of modules of `wsgate.websocket`, compiled on the spot."""

import importlib.util
import os
import shlex
import subprocess
import sysconfig
from pathlib import Path
from types import ModuleType

import wsgate.websocket
from tests.programs import require

SOURCES = Path(wsgate.websocket.__path__[0])
STRICT = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]


def compile_twin(name: str, folder: Path) -> ModuleType:
    """Compile `name`.c into `folder`, with CFLAGS where these are set, and import it.

    The test is skipped, with a sentence, where there is no C compiler.
    """
    target = folder / f"{name}.so"
    flags = [*STRICT, *shlex.split(os.environ.get("CFLAGS", "-O3"))]
    include = f"-I{sysconfig.get_path('include')}"
    # A sanitiser that is preloaded here is none for the compiler.
    environment = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    subprocess.run(
        [require("cc", "gcc"), *flags, include, str(SOURCES / f"{name}.c"), "-o", str(target)],
        check=True,
        env=environment,
    )
    spec = importlib.util.spec_from_file_location(name, target)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
