"""One target under atheris: python -m tests.fuzz.fuzzer TARGET [options of libFuzzer] FOLDER"""

from __future__ import annotations

import sys
from importlib import import_module

import atheris


def main() -> None:
    target = sys.argv.pop(1)
    with atheris.instrument_imports(include=["wsgate", "h11"]):
        module = import_module(f"tests.fuzz.{target}")
    atheris.Setup(sys.argv, module.TestOneInput)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
