"""The Autobahn testsuite against the real command, held against a committed expectation.

Autobahn|Testsuite runs under Python 2.7 only; an environment of its own is made for it once,
below `.venv/`. Every case is listed in `expected.json`: a result that differs fails, a better
one too, and so does a case that is missing on either side.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv" / "autobahn"
WSTEST = ENVIRONMENT / "bin" / "wstest"
REPORTS = ROOT / "artefacts" / "autobahn"
EXPECTED = HERE / "expected.json"

TESTSUITE = "autobahntestsuite==25.10.1"
VIRTUALENV = "virtualenv==20.21.1"
"""The last one that makes environments for Python 2.7."""

FAST = ("1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*")
ALL = (*FAST, "9.*", "12.*", "13.*")
AGENT = "wsgate"

Results = dict[str, str]
"""Case to behaviour, with the behaviour of the close behind a slash where it differs."""


def python2() -> str | None:
    """Find a Python 2.7 that runs: pyenv's, or the one on the PATH (it may be a shim)."""
    candidates = [str(each) for each in Path.home().glob(".pyenv/versions/2.7.*/bin/python2.7")]
    candidates += filter(None, [shutil.which("python2.7")])
    for candidate in candidates:
        if subprocess.run([candidate, "-V"], capture_output=True).returncode == 0:
            return candidate
    return None


def install(interpreter: str) -> None:
    """Make the environment with the test suite, once."""
    if WSTEST.exists():
        return
    tools = ENVIRONMENT.with_name("autobahn-tools")
    venv.create(tools, with_pip=True, clear=True)
    _quietly(str(tools / "bin" / "pip"), "install", VIRTUALENV)
    _quietly(str(tools / "bin" / "virtualenv"), "-p", interpreter, str(ENVIRONMENT))
    _quietly(str(ENVIRONMENT / "bin" / "pip"), "install", TESTSUITE)


def _quietly(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}\n{done.stderr}")


@contextmanager
def serving(options: Sequence[str]) -> Iterator[int]:
    """Run the command with the echo application; give the port."""
    command = [sys.executable, "-m", "wsgate", "conformance.autobahn.echo:app", "--port", "0"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [*command, "--no-access-log", "--lifespan", "off", *options],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stderr is not None
        try:
            yield next(
                int(line.split(":")[-1].split()[0]) for line in server.stderr if "://" in line
            )
        finally:
            server.terminate()
            server.stderr.read()
    if server.returncode:
        raise RuntimeError(f"the server ended with {server.returncode}")


def run(cases: Sequence[str], options: Sequence[str], name: str) -> Results:
    """Run the fuzzing client over some cases; the HTML report is kept under `artefacts/`."""
    report = REPORTS / name
    shutil.rmtree(report, ignore_errors=True)
    report.mkdir(parents=True)
    specification = report / "specification.json"
    with serving(options) as port:
        specification.write_text(
            json.dumps(
                {
                    "outdir": str(report),
                    "servers": [{"agent": AGENT, "url": f"ws://127.0.0.1:{port}"}],
                    "cases": list(cases),
                    "exclude-cases": [],
                    "exclude-agent-cases": {},
                }
            )
        )
        _quietly(str(WSTEST), "-m", "fuzzingclient", "-s", str(specification))
    index = json.loads((report / "index.json").read_text())[AGENT]
    return {case: _behaviour(outcome) for case, outcome in index.items()}


def _behaviour(outcome: dict[str, str]) -> str:
    behaviour, close = outcome["behavior"], outcome["behaviorClose"]
    return behaviour if behaviour == close else f"{behaviour}/{close}"


def expected(cases: Sequence[str]) -> Results:
    """Read the part of the committed expectation that these cases (with wildcards) cover."""
    known: Results = json.loads(EXPECTED.read_text())
    return {
        case: behaviour
        for case, behaviour in known.items()
        if any(fnmatchcase(case, each) for each in cases)
    }


def differences(results: Results, wanted: Results) -> list[str]:
    """Tell what differs, a line each; empty where all is as expected."""
    return [
        f"{case}: expected {wanted.get(case, 'nothing')}, got {results.get(case, 'nothing')}"
        for case in sorted({*results, *wanted}, key=_by_number)
        if results.get(case) != wanted.get(case)
    ]


def _by_number(case: str) -> tuple[int, ...]:
    return tuple(map(int, case.split(".")))


def write_expectation(results: Results) -> None:
    """Take results as the expectation for their cases."""
    known: Results = json.loads(EXPECTED.read_text()) if EXPECTED.exists() else {}
    merged = {**known, **results}
    ordered = {case: merged[case] for case in sorted(merged, key=_by_number)}
    EXPECTED.write_text(json.dumps(ordered, indent=1) + "\n")
